"""The shape of what the pages of preparation send."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongtang.preparation.actions import Step
from tongtang.preparation.models import ScriptStep

LOCAL_TASKS = 6
TASK_CHARACTERS = 60


class ManyFilesInput(forms.FileInput):
    """A choice of several files."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files, each cleaned as one."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        return [super(ManyFilesField, self).clean(one, initial) for one in data or [None]]


class CoursewareForm(forms.Form):
    """One PDF or PPTX, or several pictures; what they are is decided by their content."""

    # Django gives every form an attribute of this name; here it is the field.
    files = ManyFilesField(  # type: ignore[assignment]
        label=_("Choose files"),
        max_length=255,
        widget=ManyFilesInput(attrs={"accept": ".pdf,.pptx,.png,.jpg,.jpeg"}),
        error_messages={
            "required": _("No file was chosen. Choose a PDF, PPTX or picture file."),
            "empty": _("A chosen file is empty. Choose the file again."),
        },
    )


class StepForm(forms.Form):
    """A step of the script."""

    title = forms.CharField(label=_("Step"), max_length=60)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=120)
    lead = forms.ChoiceField(
        label=_("Who leads"),
        choices=[(ScriptStep.Lead.ANCHOR, _("Anchor teacher")), (ScriptStep.Lead.LOCAL, _("Local teacher"))],
    )
    cue = forms.CharField(label=_("Cue on the classroom screen"), max_length=120, required=False)
    local_tasks = forms.CharField(
        label=_("Tasks of the local teacher, one a line"),
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_local_tasks(self) -> list[str]:
        tasks = [line.strip() for line in self.cleaned_data["local_tasks"].splitlines() if line.strip()]
        if len(tasks) > LOCAL_TASKS:
            raise forms.ValidationError(
                _("%(count)d tasks are too many for one step; at most %(most)d. Make two steps of it."),
                params={"count": len(tasks), "most": LOCAL_TASKS},
            )
        if any(len(task) > TASK_CHARACTERS for task in tasks):
            raise forms.ValidationError(
                _("A task has more than %(most)d characters. Shorten it."), params={"most": TASK_CHARACTERS}
            )
        return tasks

    def step(self) -> Step:
        """What the valid form says."""
        return Step(**self.cleaned_data)


class MoveForm(forms.Form):
    """The number that a step is to have in the script."""

    to = forms.IntegerField()


def values_of(row: ScriptStep) -> dict[str, object]:
    """A step as the form's initial values."""
    return {
        "title": row.title,
        "minutes": row.minutes,
        "lead": row.lead,
        "cue": row.cue,
        "local_tasks": "\n".join(row.local_tasks),
    }
