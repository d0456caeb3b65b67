"""Who may watch a recording: whoever may view the lesson that it was made of, and the classes to which it is shown.

`lessons` decides.
"""

from tongtang.lessons.api import Verb

RECEIVE, VIEW, WATCH = Verb.RECEIVE, Verb.VIEW, Verb.WATCH
