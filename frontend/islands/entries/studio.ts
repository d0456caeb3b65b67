/** The studio of the anchor teacher. */
import { wireStudio } from "../studio";

wireStudio();
