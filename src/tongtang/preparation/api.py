"""The door of preparation for the contexts above."""

from tongtang.preparation.actions import Refused, Step, add_default_script, add_step, upload_courseware
from tongtang.preparation.queries import may_prepare, script_minutes, slides_of, steps_of

__all__ = [
    "Refused",
    "Step",
    "add_default_script",
    "add_step",
    "may_prepare",
    "script_minutes",
    "slides_of",
    "steps_of",
    "upload_courseware",
]
