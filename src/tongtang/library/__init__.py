"""Resource, recording and its chapters, replay."""
