/** The local teacher's phone. */
import { wirePhone } from "../phone";

wirePhone();
