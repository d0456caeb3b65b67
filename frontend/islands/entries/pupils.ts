/** Pupils' sign-in on a classroom device, and the pupil's own page. */
import { wirePupilLeaves, wirePupilSignIn } from "../pupil-sign-in";

wirePupilSignIn();
wirePupilLeaves();
