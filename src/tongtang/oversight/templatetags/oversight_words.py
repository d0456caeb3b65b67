"""Words of entries in templates: `{% load oversight_words %}`."""

from datetime import datetime

from django import template

from tongtang.audit.api import Sensitivity
from tongtang.audit.models import Stream
from tongtang.foundation import clock
from tongtang.oversight.wording import action_word, result_word, subject_word

register = template.Library()
# How a class of data shows: the tint of its chip and its icon.
CLASSES = {
    Sensitivity.PUBLIC: ("", "world"),
    Sensitivity.INTERNAL: ("", "building"),
    Sensitivity.PERSONAL: ("info", "user"),
    Sensitivity.MINOR: ("warn", "friends"),
    Sensitivity.SENSITIVE: ("warn", "alert-circle"),
    Sensitivity.SECRET: ("bad", "lock"),
}


@register.filter(name="action_word")
def word_of_action(code: str) -> str:
    return action_word(code)


@register.filter(name="result_word")
def word_of_result(code: str) -> str:
    return result_word(code)


@register.filter
def exact_moment(moment: datetime) -> str:
    """`2026-04-14 10:30:05`, in Asia/Shanghai: a log is read by the second."""
    return f"{clock.civil(moment):%Y-%m-%d %H:%M:%S}"


@register.filter
def stream_word(code: str) -> str:
    return str(Stream(code).label) if code in Stream.values else code


@register.filter(name="subject_word")
def word_of_subject(subject: str, name: str = "") -> str:
    """`{{ entry.actor|subject_word:row.who }}`"""
    return subject_word(subject, name)


@register.filter
def class_kind(sensitivity: Sensitivity) -> str:
    return CLASSES[sensitivity][0]


@register.filter
def class_icon(sensitivity: Sensitivity) -> str:
    return CLASSES[sensitivity][1]
