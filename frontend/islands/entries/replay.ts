/** The replay page of a recording. */
import "../replay";
