"""`python -m tests.pictures OUTDIR`: the pictures of README and docs, from the running parts.

Swagger UI in Chromium with a case being read, the console's pages, and the app's screens. All
people are invented.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyotp
from PIL import Image

from shared.client import Client
from shared.conversation import prepare_report, send_report
from shared.sealing.tokens import new_token
from tests import need
from tests.conftest import start_demo, stop
from tests.console import pictures as console
from tests.journeys.browser import Docs, opened
from tests.web import pictures as web

STORY = (
    "This story is invented. In a group chat of about thirty colleagues somebody posts jokes "
    "about one of us after each shift, and others join in. It has gone on since the spring."
)
MOST = 150_000
"""Bytes of a picture."""


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
    docs.page.locator(".opblock-post .opblock-summary-control").first.click()
    status, case = docs.execute("get", "/cases/{reference}", reference=reference)
    assert (status, case["report"]["content"]["story"]) == (200, STORY)
    docs.call("get", "/cases/{reference}").scroll_into_view_if_needed()
    docs.page.locator(".opblock.is-open").evaluate("block => block.scrollIntoView()")
    docs.page.mouse.move(0, 0)


def swagger(out: Path) -> Path:
    """The page of the API while a case is read."""
    with tempfile.TemporaryDirectory(prefix="wren-pictures-") as place:
        process, told = start_demo(Path(place) / "data")
        try:
            reference = sample_case(told["url"])
            with opened(need.program("chromium"), told["url"], 1280, 1180) as docs:
                read_a_case(docs, told["handlers"][0], reference)
                docs.page.screenshot(path=out / "swagger.png")
        finally:
            stop(process)
    return out / "swagger.png"


def app(out: Path) -> list[Path]:
    """The app's screens, by its own script in a process of its own."""
    command = [sys.executable, "-m", "tests.mobile.pictures", str(out)]
    made = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE)
    return [Path(one) for one in made.stdout.splitlines() if one.endswith(".png")]


def shrink(path: Path) -> None:
    """Fewer colours, so that the repository stays small."""
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(96, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    if path.stat().st_size > MOST:
        raise SystemExit(f"{path.name} is larger than {MOST} bytes.")


def main() -> None:
    """Makes all pictures and names them."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "var/pictures")
    out.mkdir(parents=True, exist_ok=True)
    for path in (swagger(out), *console.take(out / "console"), *web.take(out / "web"), *app(out)):
        shrink(path)
        print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
