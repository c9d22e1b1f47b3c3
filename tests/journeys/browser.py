"""Chromium on the Swagger UI, as a handler uses it. No request may leave this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Docs:
    """The open page, the hosts that it asked, and what it complained of."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def call(self, method: str, path: str) -> Locator:
        """The block of this call, opened."""
        block = self.page.locator(f".opblock-{method}").filter(
            has=self.page.locator(f'.opblock-summary-path[data-path="{path}"]')
        )
        if "is-open" not in (block.get_attribute("class") or ""):
            block.locator(".opblock-summary-control").click()
            block.locator(".execute").wait_for()
        return block

    def execute(
        self, method: str, path: str, body: Any = None, **parameters: str
    ) -> tuple[int, Any]:
        """Fills a call in and presses Execute; the status and the answer as they are shown."""
        block = self.call(method, path)
        for name, value in parameters.items():
            block.locator(f'tr[data-param-name="{name}"] input').fill(value)
        if body is not None:
            block.locator("textarea").first.fill(json.dumps(body, indent=2))
        clear = block.locator(".btn-clear")
        if clear.count():  # else the answer before would be taken for this one
            clear.click()
            block.locator(".live-responses-table").wait_for(state="detached")
        block.locator(".execute").click()
        shown = block.locator(".live-responses-table .response")
        shown.wait_for()
        status = int(shown.locator(".response-col_status").inner_text().split()[0])
        code = shown.locator(".response-col_description .highlight-code code").first
        return status, json.loads(code.inner_text()) if status != 204 else None

    def example(self, method: str, path: str) -> Any:
        """The body that the page offers for a call."""
        return json.loads(self.call(method, path).locator("textarea").first.input_value())

    def authorize(self, session: str) -> None:
        """Pastes a session into the dialog behind *Authorize*."""
        self.page.locator(".auth-wrapper .authorize").first.click()
        dialog = self.page.locator(".dialog-ux")
        dialog.locator("input").fill(session)
        dialog.locator("button.authorize").click()
        dialog.locator(".btn-done").click()


@contextmanager
def opened(browser: Browser, url: str, width: int = 1280, height: int = 900) -> Iterator[Docs]:
    """The page at /api/v1/docs in a new window."""
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        page = context.new_page()
        docs = Docs(page)

        def asked(request: Request) -> None:
            if not request.url.startswith(("data:", "blob:")):
                docs.hosts.add(str(urlsplit(request.url).hostname))

        def said(message: ConsoleMessage) -> None:
            # The browser itself notes each refused request; that is no fault of the page.
            if message.type in ("error", "warning") and "the server responded" not in (
                message.text
            ):
                docs.complaints.append(message.text)

        page.on("request", asked)
        page.on("console", said)
        page.on("pageerror", lambda error: docs.complaints.append(str(error)))
        page.goto(f"{url}/api/v1/docs")
        page.locator(".opblock").first.wait_for()
        yield docs
