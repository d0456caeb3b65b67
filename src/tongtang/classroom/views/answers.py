"""How the addresses of the live lesson answer: JSON, a refusal with its sentence."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import JsonResponse
from django.views.decorators.http import require_POST

from tongtang.access.api import ActorRequest, require_actor
from tongtang.classroom.actions.session import Refused
from tongtang.classroom.forms import BadShape
from tongtang.foundation.once import BadKey
from tongtang.lessons.api import Refused as LessonsRefused

Given = ParamSpec("Given")
Answer = Callable[Concatenate[ActorRequest, Given], dict[str, Any]]


def json_post(view: Answer[Given]) -> Callable[Concatenate[ActorRequest, Given], JsonResponse]:
    """A POST that answers a JSON object; 409 with the sentence where a rule refuses, 400 for a wrong shape or key."""

    @wraps(view)
    def answer(request: ActorRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> JsonResponse:
        try:
            return JsonResponse(view(request, *args, **kwargs))
        except (BadShape, BadKey) as bad:
            return JsonResponse({"error": str(bad)}, status=400)
        except (Refused, LessonsRefused) as refused:
            return JsonResponse({"error": str(refused)}, status=409)

    return require_POST(require_actor(answer))  # type: ignore[return-value]
