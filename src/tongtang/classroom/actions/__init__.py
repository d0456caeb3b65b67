"""Writes of the live lesson: the studio's, the rooms', the phone's."""
