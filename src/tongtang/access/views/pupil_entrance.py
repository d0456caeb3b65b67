"""Where pupils sign in on an enrolled classroom device: the names, today's pack, the sign-ins handed over."""

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from tongtang.access.actor import Device
from tongtang.access.guards import ActorRequest, require_device, require_pupil
from tongtang.access.middleware import give_pupil, take_pupil
from tongtang.access.pupils import pages, sign_ins
from tongtang.access.pupils.packs import pack_for, public_key
from tongtang.access.pupils.policies import Verb
from tongtang.access.pupils.queries import classes_for
from tongtang.access.pupils.secrets import CARD_GROUPS, CLASS_CODE_DIGITS, PICTURES, PIN_DIGITS, ROUNDS
from tongtang.access.pupils.shapes import BadShape, batch_of
from tongtang.foundation import clock


def asking(request: ActorRequest) -> Device:
    """The device that asks; `require_device` has seen to it."""
    if request.actor.device is None:
        raise Http404
    return request.actor.device


@require_GET
@ensure_csrf_cookie
@require_device
def pupil_sign_in(request: ActorRequest) -> HttpResponse:
    """The page; it holds no name, these come with the pack and go with it."""
    config = {
        "key": public_key(),
        "device": str(asking(request).public_id),
        "rounds": ROUNDS,
        "pictures": PICTURES,
        "pinDigits": PIN_DIGITS,
        "codeDigits": CLASS_CODE_DIGITS,
        "cardGroups": CARD_GROUPS,
    }
    return render(request, "access/pupil_sign_in.html", {"config": config, "room": asking(request).label})


@require_GET
@require_device
def pupil_pack(request: ActorRequest) -> HttpResponse:
    """Today's pack of the asking device; 304 where it has it already."""
    classes = classes_for(request.actor, Verb.ENTER)
    pack = pack_for(asking(request).public_id, classes, clock.today())
    tag = f'"{pack.tag}"'
    answer: HttpResponse
    if request.headers.get("If-None-Match") == tag:
        answer = HttpResponse(status=304)
    else:
        answer = JsonResponse({"pack": pack.text, "signature": pack.signature})
    answer.headers["ETag"] = tag
    answer.headers["X-Now"] = str(round(clock.now().timestamp() * 1000))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@sensitive_variables()
@require_device
def pupil_sign_ins(request: ActorRequest) -> HttpResponse:
    """Sign-ins that the device made. Answers by uuid; with `opens`, the cookie of that pupil's page."""
    try:
        batch = batch_of(request.body)
    except BadShape as bad:
        return JsonResponse({"error": str(bad)}, status=400)
    device = asking(request)
    answers = sign_ins.hand_over(device, batch.seal, batch.entries)
    opened = None
    if batch.opens is not None and answers.get(batch.opens) in (sign_ins.RECORDED, sign_ins.KNOWN):
        opened = pages.open_page(device.id, batch.opens)
    answer = JsonResponse(
        {"answers": {str(uuid): word for uuid, word in answers.items()}, "opened": opened is not None}
    )
    if opened is not None:
        give_pupil(answer, opened.token, opened.ends_at)
    return answer


@require_POST
@require_pupil
def pupil_sign_out(request: ActorRequest) -> HttpResponse:
    """End the pupil's page on this device."""
    if request.actor.pupil is not None:
        pages.close_page(request.actor.pupil.session_id)
    answer = redirect("access:pupil-sign-in")
    take_pupil(answer)
    return answer
