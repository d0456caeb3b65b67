"""A film, a browser, and houses that start from one migrated home."""

import json
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Error

from tests.houses import House, fresh_house
from tests.journeys.browser import DESK, PHONE, WALL, Visitor, chromium, run_script
from tests.journeys.film import make_film

INTERFACE = "ve0"
ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
FAILED = pytest.StashKey[bool]()
Served = tuple[House, dict[str, Any]]
Serve = Callable[..., Served]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="write docs/pictures/ from the running product")
    parser.addoption("--every-page", metavar="FOLDER", help="write a picture of every page at three widths")


@pytest.fixture
def every_picture(request: pytest.FixtureRequest) -> Callable[[Visitor, str], None]:
    """`every_picture(visitor, name)`: with --every-page, what the visitor sees on a phone, a desk and a big screen."""
    folder = request.config.getoption("--every-page", default=None)

    def take(one: Visitor, name: str) -> None:
        if not folder:
            return
        Path(folder).mkdir(parents=True, exist_ok=True)
        before = one.page.viewport_size or DESK
        one.page.evaluate("document.querySelector('dialog[open]') ?? document.activeElement?.blur()")
        for size in (PHONE, DESK, WALL):
            one.page.set_viewport_size(size)
            one.page.wait_for_timeout(200)
            file = Path(folder) / f"{name.replace(' ', '_')}-{size['width']}.png"
            one.page.screenshot(path=file, full_page=size == PHONE)
        one.page.set_viewport_size(before)

    return take


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Visitor, str], None]:
    """`picture(visitor, name)`: with --pictures, what the visitor sees becomes docs/pictures/NAME.png."""

    def take(one: Visitor, name: str) -> None:
        if not request.config.getoption("--pictures", default=False):
            return
        PICTURES.mkdir(exist_ok=True)
        seen = Image.open(BytesIO(one.page.screenshot()))
        seen.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)

    return take


@pytest.fixture(scope="session")
def interface() -> str:
    """The interface that Janus uses."""
    found = [name for _number, name in socket.if_nameindex()]
    assert INTERFACE in found, "journeys run in a network of their own: tools/in_namespace.py"
    return INTERFACE


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_film(tmp_path_factory.mktemp("film"))


@pytest.fixture(scope="session")
def migrated() -> Iterator[Path]:
    """A home with an empty database, to be copied."""
    with fresh_house() as empty:
        run_script(empty, "seed", "{}")
        yield empty.home


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Leave the outcome where the browser's fixture finds it."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def browser(film: tuple[Path, Path], request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Chromium; after a failure its pages are kept as pictures in tests/artifacts/."""
    with chromium(*film) as running:
        yield running
        if request.node.stash.get(FAILED, False):
            _keep_pages(running, request.node.name)


def _keep_pages(running: Browser, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    pages = [page for context in running.contexts for page in context.pages]
    for number, page in enumerate(pages):
        # A page whose process was killed has no picture.
        with suppress(Error):
            page.screenshot(path=ARTIFACTS / f"{name}-{number}.png")


@pytest.fixture
def serve(interface: str, migrated: Path) -> Iterator[Serve]:
    """`serve(plan, **variables)`: a served house and what was seeded in it."""
    with ExitStack() as stack:

        def start(plan: dict[str, Any], **variables: str) -> Served:
            house = stack.enter_context(fresh_house())
            shutil.copytree(migrated, house.home)
            house.variables |= {"TONGTANG_MEDIA_INTERFACE": interface, **variables}
            process = house.serve()
            stack.callback(_stop, process)
            assert process.poll() is None, house.said()
            return house, run_script(house, "seed", json.dumps(plan))

        yield start


def _stop(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGINT)
    process.wait(30)
