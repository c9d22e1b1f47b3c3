"""`python -m tests.pictures OUTDIR`: the pictures of README and docs, from the running parts.

Swagger UI in Chromium with a case being read, the console's pages, and the app's screens. All
people are invented.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyotp
from PIL import Image
from playwright.sync_api import sync_playwright

from shared.client import Client
from shared.conversation import prepare_report, send_report
from shared.sealing.tokens import new_token
from tests import need
from tests.conftest import start_demo, stop
from tests.console import pictures as console
from tests.journeys.browser import FLAGS, Docs, opened
from tests.mobile.pictures import Set
from tests.mobile.sheet import sheet
from tests.web import pictures as web

STORY = (
    "This story is invented. In a group chat of about thirty colleagues somebody posts jokes "
    "about one of us after each shift, and others join in. It has gone on since the spring."
)
MOST = 200_000
"""Bytes of a picture."""
SHEET = 1_200_000
"""Bytes of a sheet."""
ACROSS, SHARE = 12, 0.42
"""How many screens stand beside each other on a sheet, and how large."""
SETS = {
    "light": Set(), "night": Set(night=True), "large": Set(scale=2),
    "small": Set(scale=2, width=320, height=568), "side": Set(width=844, height=390),
    "cymraeg": Set(language="cy"), "polski": Set(language="pl"),
}  # fmt: skip
"""Ways to show the app: colours, size of type, size of the window, language."""
SINGLE = {
    "welcome", "report-about", "report-story", "report-readers", "report-check", "waiting",
    "words", "sign-in", "cases", "conversation", "consent", "case-late", "lock", "keep",
    "settings", "pointing", "guidance", "roster", "contact",
}  # fmt: skip
"""Screens that are also there by themselves."""
AT_NIGHT = {"conversation", "welcome"}


def sample_case(url: str) -> str:
    """Reports an invented story; its reference."""
    client = Client(url)
    directory, roster = client.organisation("eeast"), client.roster("eeast")
    report = {
        "story": STORY,
        "concerns": ["bullying"],
        "channel": "whatsapp-group",
        "when": "Most weeks since the spring",
        "wanted": "That it stops",
    }
    sealed = prepare_report(directory, roster, new_token(), "guardian", (), report)
    reference = send_report(client, "eeast", roster, sealed)["reference"]
    client.close()
    return str(reference)


def read_a_case(docs: Docs, handler: dict[str, Any], reference: str) -> None:
    """Signs in and reads the case, with that call alone on the page."""
    form = {
        "username": handler["username"],
        "password": handler["password"],
        "code": pyotp.TOTP(handler["totp_secret"]).now(),
    }
    status, answer = docs.execute("post", "/sign-in", form)
    assert status == 201, answer
    docs.authorize(answer["session"])
    docs.call("post", "/sign-in").locator(".opblock-summary-control").click()
    status, case = docs.execute("get", "/cases/{reference}", reference=reference)
    assert (status, case["report"]["content"]["story"]) == (200, STORY)
    docs.call("get", "/cases/{reference}").evaluate("block => block.scrollIntoView()")
    docs.page.mouse.move(0, 0)


def swagger(out: Path) -> Path:
    """The page of the API while a case is read."""
    with tempfile.TemporaryDirectory(prefix="wren-pictures-") as place:
        process, told = start_demo(Path(place) / "data")
        try:
            reference = sample_case(told["url"])
            with (
                sync_playwright() as playwright,
                playwright.chromium.launch(
                    executable_path=need.program("chromium"), args=FLAGS
                ) as browser,
                opened(browser, told["url"], 1280, 1180) as docs,
            ):
                read_a_case(docs, told["handlers"][0], reference)
                docs.page.screenshot(path=out / "swagger.png")
        finally:
            stop(process)
    return out / "swagger.png"


def app(out: Path) -> list[Path]:
    """The app's screens, by its own script in processes of its own.

    All of them on one sheet for each way to show them, and some of them by themselves.
    """
    made = []
    for name, how in SETS.items():
        with tempfile.TemporaryDirectory(prefix="wren-app-") as place:
            command = [sys.executable, "-m", "tests.mobile.pictures", place, *how.options()]
            ran = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE)
            paths = [Path(one) for one in ran.stdout.splitlines() if one.endswith(".png")]
            across = ACROSS * SETS["light"].width // how.width
            made.append(sheet(paths, out / f"app-{name}.png", across=across, share=SHARE))
            for path in paths:
                if name == "light" and path.stem in SINGLE:
                    made.append(Path(shutil.copy(path, out)))
                elif name == "night" and path.stem in AT_NIGHT:
                    made.append(Path(shutil.copy(path, out / f"{path.stem}-night.png")))
    return made


def shrink(path: Path) -> None:
    """Fewer colours, so that the repository stays small."""
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(96, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    most = SHEET if path.name.startswith("app-") else MOST
    if path.stat().st_size > most:
        raise SystemExit(f"{path.name} is larger than {most} bytes.")


def main() -> None:
    """Makes all pictures and names them."""
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("out", type=Path, nargs="?", default=Path("var/pictures"))
    parser.add_argument("--only", choices=["swagger", "console", "web", "app"])
    asked = parser.parse_args()
    out: Path = asked.out
    out.mkdir(parents=True, exist_ok=True)
    kinds: dict[str, Callable[[], Iterable[Path]]] = {
        "swagger": lambda: [swagger(out)],
        "console": lambda: console.take(out / "console"),
        "web": lambda: web.take(out / "web"),
        "app": lambda: app(out),
    }
    for kind, take in kinds.items():
        for path in take() if asked.only in (None, kind) else ():
            shrink(path)
            print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
