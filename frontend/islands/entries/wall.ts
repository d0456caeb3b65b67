/** The receiving classroom's screen. */
import { wireWall } from "../wall";

wireWall();
