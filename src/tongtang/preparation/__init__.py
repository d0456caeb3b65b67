"""Courseware (slides) and the lesson plan whose steps are the script of a two-teacher lesson."""
