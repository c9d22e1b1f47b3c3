"""Chromium as a victim's browser: what of somebody's markup came to life on a page.

Four shapes, each for several places in a page: within text, within an attribute, as an address,
within what doesn't end by itself, and packed twice. A window is opened as it is, where the policy
of a page (CSP) has to find nothing to complain of, or with the policy switched off, where nothing
may run all the same. So neither is there for the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Dialog, Error, Page, Request

WORD = "zqx"
SHAPES = {
    "script": WORD + "'\"><script>zq()</script><img src=zq onerror=zq()>{{7777*7919}}%(zq)s",
    "drawing": WORD + "--></title></textarea></script><svg/onload=zq()>"
    "<style>@import'//evil.example'",
    "address": "javascript:zq()//" + WORD + '" autofocus onfocus=zq() '
    "' onpointerenter=zq() style='x:x",
    "packed": WORD + "&lt;img src=zq onerror=zq()&gt;\\x3cscript>zq()\\x3c/script>${zq()}<iframe>",
}
assert all(len(one) <= 100 for one in SHAPES.values())

_BEFORE = """() => {
  window.ran = [];
  window.zq = () => { window.ran.push("zq"); };
  document.addEventListener("securitypolicyviolation", (one) => {
    window.ran.push(`${one.effectiveDirective} ${one.blockedURI} ${one.sample}`);
  }, true);
}"""

_LIVE = """() => {
  const leads = ["href", "src", "action", "formaction", "data", "xlink:href", "poster", "srcset"];
  const found = [...(window.ran || [])];
  // A picture by itself the browser puts into a page of its own.
  const all = document.contentType === "text/html" ? document.querySelectorAll("*") : [];
  for (const one of all) {
    for (const {name, value} of one.attributes) {
      const to = value.replace(/[\\s\\x00-\\x1f]/g, "").toLowerCase();
      if (/^on/i.test(name) || ["style", "srcdoc"].includes(name)) {
        found.push(`<${one.localName} ${name}>`);
      }
      const bad = /^(javascript|vbscript|data:(?!image|,$))|evil\\.|^zq/;
      if (leads.includes(name) && bad.test(to)) {
        found.push(`<${one.localName} ${name}=${value}>`);
      }
    }
    if (["iframe", "object", "embed", "base", "style", "marquee"].includes(one.localName)) {
      found.push(`<${one.localName}>`);
    }
    if (one.localName === "script" && one.textContent.includes("zq")) { found.push("<script>"); }
  }
  if (document.documentElement.innerText.includes("61586063")) { found.push("a template"); }
  return found;
}"""


@dataclass
class Victim:
    """A window, and what came to life in it. `seen`: on how many pages somebody's markup stood."""

    context: BrowserContext
    page: Page
    url: str
    found: list[str] = field(default_factory=list)
    pages: int = 0
    seen: int = 0

    def go(self, path: str) -> None:
        """Opens an address, and looks at it; one that is a file the browser saves, or refuses."""
        try:
            answer = self.page.goto(f"{self.url}{path}", wait_until="load")
        except Error as error:
            if "interrupted by another navigation" in str(error):  # of a form that was late
                self.go(path)
                return
            if "ERR_ABORTED" not in str(error) and "Download is starting" not in str(error):
                raise
            return
        assert answer is None or answer.status < 500, path
        self.look()

    def look(self) -> None:
        """What came to life on the page as it is now, after each field had the focus."""
        self.pages += 1
        self.page.evaluate(
            "() => document.querySelectorAll('a, input, textarea, summary')"
            ".forEach((one) => one.checkVisibility() && one.focus())"
        )
        self.found += [f"{self.page.url}: {one}" for one in self.page.evaluate(_LIVE)]
        self.seen += WORD in self.page.content()

    def _asked(self, request: Request) -> None:
        if request.url.startswith(("data:", "blob:")):
            return
        to = urlsplit(request.url)
        piece = request.resource_type != "document" and to.path.endswith("zq")
        if to.hostname != "127.0.0.1" or piece:
            self.found.append(f"{self.page.url}: asked {request.url}")

    def _dialog(self, dialog: Dialog) -> None:
        if dialog.type == "beforeunload":  # the page's own: something is not sent yet
            dialog.accept()
            return
        self.found.append(f"{self.page.url}: {dialog.type} {dialog.message}")
        dialog.dismiss()


@contextmanager
def victim(browser: Browser, url: str, *, policy: bool = True, **more: Any) -> Iterator[Victim]:
    """A new window; without `policy` what a page's CSP forbids is done."""
    with browser.new_context(bypass_csp=not policy, locale="en-GB", **more) as context:
        context.add_init_script(f"({_BEFORE})()")
        made = Victim(context, context.new_page(), url)
        made.page.on("request", made._asked)
        made.page.on("dialog", made._dialog)
        yield made
