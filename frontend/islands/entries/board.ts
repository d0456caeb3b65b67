/** The wall screen of a school. */
import { wireBoard } from "../board";

wireBoard();
