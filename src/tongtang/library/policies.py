"""Who may watch a recording: whoever may view the lesson that it was made of. `lessons` decides."""

from tongtang.lessons.api import Verb

VIEW = Verb.VIEW
