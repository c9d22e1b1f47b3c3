"""The reporter's pages: each says what it needs, and is closed without it.

How to write a page
-------------------
One file a noun in `api/web/`, its templates in `api/templates/web/`; add the module to
`api/web/start.py`. Three kinds:

    @web.opened("/o/<slug>")                        # for anybody
    def organisation(slug: str) -> Response: ...

    @web.writing("/o/<slug>/<visit:visit>/<int:number>")   # a report that is being written
    def step(writing: Writing, slug: str, visit: str, number: int) -> Response: ...

    @web.case("/c/<visit:visit>/reply", form=True)  # a case that was opened with its words
    def reply(who: Who, visit: str) -> Response: ...

    @web.case("/c/<visit:visit>/files", form=True, files=True)  # its form may have files

- A form is sent to the address that it stands at, and answered with a redirect (`go`, 303) once
  what was sent is stored: then the browser's back and reload send nothing again, and no history
  holds what was typed. What is refused is shown again at once, filled in, with `faults`.
- A page needs one request besides the style sheet. Nothing that was typed is in an address, in
  a cookie, or stored in clear.
- `writing` pages get the draft as it is stored; `report_drafts.keep` stores it anew. Their forms
  carry the draft's secret (`m.start(writing.form)`), so a page that is still open goes on
  when its cookie is gone or its hour is over. Where nothing is stored any more, a form gets a
  new, empty draft, and `g.lost` is true: show the page again with what was sent, and say so.
  It is true as well where the form is of another draft than the cookie, and nothing says that
  this site sent it: then keep and send nothing.
- A visit that was left, or came to its end, is buried (`visits.bury`): none of its pages answers
  any more, whatever is sent, and whoever sends it (`leaving.py`).
- `case` pages get a `Who`, as resources have it; call the same rules. Their forms carry
  `m.start(form_key)`: a key of the case, so that a form of one case is never taken by another.
  They are 32 KiB or more, whatever they hold. What sends something to the readers goes through
  `replying.send`, which asks about new ones first. Where the session is over, or the case does
  not check, `returning.py` answers; what was typed is kept by `aside.py`.
- A form with files: `files=True` here and in `m.start`, `uploads.several`. Where it is too long
  `g.too_large` is true: nothing of it was read, and its key was not looked at.
- Words are stretched before a transaction is opened (`contract.stretched`).
- `show(template, faults=..., ...)` shows; in templates `{% extends "web/base.html" %}`, the blocks
  `title` (says nothing of what it is about), `heading` and `main`, and the macros of
  `web/macros.html` (imported as `m`).
- Every text for people through `_()`; in a template a percent sign in it is `%%`. Texts of the
  directory through `| stock`: one that an organisation wrote itself stays English, and says so;
  in an attribute `| stock | plain`, shown in pieces `| foreign` on the element around. Refusals
  through `| told`; `faults` are. What people wrote has `dir="auto" lang=""`: its language is not
  known. Days by `| words_day`, numbers by `| number`, lists by `| listed`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response, g, make_response, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from api import uploads
from api.contract import Who, database, refuse_other_sites
from api.rules import floods, locking, organisations, report_drafts, sessions, uploading
from api.rules.report_drafts import Writing
from api.web import language, visits
from api.web.showing import STEP, is_ours
from shared.errors import NotAllowed, SignIn, SlowDown, WorkNeeded
from shared.sealing.encoding import b64

View = TypeVar("View", bound=Callable[..., Any])

CASE = 2 * STEP
"""Every page of a case has so many bytes, or more: its length tells of no news."""

REPORT_PAGES = 7
"""After so many pages a report is sent."""

WORK = "work"
"""The field of a form with work that was asked for."""

KEY = "key"
"""The field of a form with what it may be sent for: a draft's secret, or a case's key."""


class NoDraft(SignIn):
    """There is no report that is being written here, or none any more."""


class Left(SignIn):
    """This visit was left. Whatever is asked or sent, nothing of it is shown any more."""


class Pages(Blueprint):
    """The blueprint: it takes pages only with what they need."""

    def opened(self, rule: str, *, form: bool = False) -> Callable[[View], View]:
        """A page for anybody."""
        return self._add(rule, (), form, lambda view, values: view(**values))

    def writing(self, rule: str) -> Callable[[View], View]:
        """A page of a report that is being written; `rule` has `<slug>` and `<visit:visit>`."""
        return self._add(
            rule, ("writing",), True, lambda view, values: view(_writing(values), **values)
        )

    def case(
        self, rule: str, *, form: bool = False, files: bool = False
    ) -> Callable[[View], View]:
        """A page of a case that was opened with its words; `rule` has `<visit:visit>`.

        Only the form of a case's page may have `files`.
        """

        def call(view: View, values: dict[str, Any]) -> Any:
            return view(_who(values["visit"], files), **values)

        return self._add(rule, ("reporter",), form, call, files)

    def _add(
        self,
        rule: str,
        needs: tuple[str, ...],
        form: bool,
        call: Callable[[View, dict[str, Any]], Any],
        files: bool = False,
    ) -> Callable[[View], View]:
        def wrap(view: View) -> View:
            @wraps(view)
            def shown(**values: Any) -> Any:
                if request.method == "POST":
                    refuse_other_sites(files=files)
                return call(view, values)

            shown.__dict__["wren_needs"] = needs
            methods = ["GET", "POST"] if form else ["GET"]
            self.add_url_rule(rule, view.__name__, shown, methods=methods, strict_slashes=False)
            return view

        return wrap


web = Pages("web", __name__)


@web.before_app_request
def _language() -> Response | None:
    """The page's language; a switch to another one is remembered, and leaves the address."""
    if not is_ours(request.path):
        return None
    language.DOMAIN.as_default()
    code = request.args.get("lang", "")
    if request.method != "GET" or code not in language.LANGUAGES:
        return None
    response = make_response(redirect(request.path, 303))
    visits.put_cookie(response, language.COOKIE, code)
    return response


def go(endpoint: str, **values: Any) -> Response:
    """On to another page, after what was sent is stored."""
    return make_response(redirect(url_for(endpoint, **values), 303))


def text(name: str) -> str:
    """What was typed into a field, with the line breaks that everything else has."""
    return request.form.get(name, "").replace("\r\n", "\n").replace("\r", "\n")


def several(name: str) -> list[str]:
    """What was ticked, each once, in order."""
    return list(dict.fromkeys(request.form.getlist(name)))


# --- a report that is being written ------------------------------------------------------


def _writing(values: Mapping[str, Any]) -> Writing:
    slug, visit = values["slug"], values["visit"]
    if visits.is_left(visit):
        raise Left
    g.lost = False
    held = visits.bearer(visit)
    if not held.startswith(report_drafts.PREFIX):
        held = ""
    if request.method == "POST":
        return _of_form(slug, visit, held, values.get("number", 0))
    with database().read() as db:
        found = _found(db, held)
    if found is None or found.organisation != slug:
        raise NoDraft
    return found


def _of_form(slug: str, visit: str, held: str, number: int) -> Writing:
    """The draft of the form that was sent."""
    sent = request.form.get(KEY, "")
    if not sent.startswith(report_drafts.FORM):
        raise NotAllowed(_("This form is not whole. Open the page again."))
    with database().read() as db:
        of_form, own = _found(db, sent), _found(db, held)
    found = of_form if _is_taken(of_form, held) else None
    if any(one is not None and one.organisation != slug for one in (found, own)):
        # To begin another one here would lose the one that is open.
        raise NotAllowed(_("This form is not whole. Open the page again."))
    if found is not None:
        if found.bearer != held:
            visits.open_(visit, found.bearer)
        return found
    g.lost = True
    if own is None and number > REPORT_PAGES:
        raise NoDraft
    return own or begin_again(slug, visit)


def _found(db: Any, key: str) -> Writing | None:
    try:
        return report_drafts.find(db, key)
    except SignIn:
        return None


def _is_taken(found: Writing | None, held: str) -> bool:
    """Whether the browser's cookie fits the form; or is taken from it, as this site sent it.

    Else another site could give the browser a draft of which it has the secret itself. Browsers
    that say nothing of where a form came from could be made to send that.
    """
    if found is None:
        return False
    return found.bearer == held or request.headers.get("Sec-Fetch-Site") == "same-origin"


def begin(slug: str, visit: str) -> Writing:
    """A new report for an organisation, in this visit: with its place, whatever comes in later.

    Raises `NotFound`, and `WorkNeeded` where no place is left for who did no work.
    """
    brought = floods.judge(database(), slug, request.form.get(WORK, ""))
    place = floods.hold(database(), brought)

    def rule(db: Any) -> Writing:
        organisations.find(db, slug)
        floods.take(db, place)
        return report_drafts.begin(db, slug)

    made = database().write(rule, lasting=False)
    visits.open_(visit, made.bearer)
    return made


def begin_again(slug: str, visit: str) -> Writing:
    """The same for a form whose report is gone. Raises `SlowDown` where no place is left: what
    was typed is still in the browser, which can send it again."""
    try:
        return begin(slug, visit)
    except WorkNeeded:
        raise SlowDown from None


# --- a case that was opened with its words ------------------------------------------------


def _who(visit: str, files: bool = False) -> Who:
    if visits.is_left(visit):
        raise Left
    g.least = CASE
    who = opened_by(visits.bearer(visit))
    g.form_key, g.too_large = form_key(who), files and _is_too_large(who)
    if g.too_large:
        return who
    if request.method == "POST" and not _is_form_key(who, request.form.get(KEY, "")):
        raise NotAllowed(_("This page belongs to another report. Nothing was sent."))
    return who


def _is_too_large(who: Who) -> bool:
    """Lets a form have files now that it is known whose it is; whether it has too much."""
    if request.method != "POST":
        return False
    uploads.make_room(uploading.settings(database(), who.id)["case_bytes"])
    try:
        return request.form is None
    except RequestEntityTooLarge:
        return True


def opened_by(bearer: str) -> Who:
    """Who has this session, which was begun with the words. Raises `SignIn`."""
    with database().read() as db:
        found = sessions.find(db, bearer, ("reporter",))
    if found.seed is None:
        raise SignIn
    return Who(found.kind, found.subject, found.seed, bearer)


def form_key(who: Who) -> str:
    """What the forms of this case carry."""
    return form_keys(who)[0]


def form_keys(who: Who) -> list[str]:
    """The same, and what forms carry that were made before the secret changed."""
    found = locking.keys(database().config, f"wren/v1/web-form/{who.id}")
    return [b64(one[:18]) for one in found]


def _is_form_key(who: Who, given: str) -> bool:
    right = [hmac.compare_digest(given.encode(), one.encode()) for one in form_keys(who)]
    return any(right)
