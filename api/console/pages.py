"""Pages of the console: each says who may see it, and is closed to all others.

How to write a page
-------------------
One file a noun in `api/console/`, its templates in `api/templates/console/`; add the module to
`api/console/start.py`. A page that is looked at:

    @console.page("/cases/<reference>", *READERS)
    def case(me: Me, reference: str) -> Response:
        with database().read() as db:
            found = cases.read(db, me.id, me.keyring, reference)
        return show("case.html", case=found)

A page with a form is at one address for looking and sending (`form=True`), so that reload,
sign-in and lock come back to it:

    class Reply(Form):
        id = IdField()
        text = TextAreaField(_l("Your reply"))

    @console.page("/cases/<reference>/reply", *READERS, form=True)
    def reply(me: Me, reference: str) -> Response:
        form = Reply()
        if sent(form):
            with refusals(form):
                body = checked(PostMessage, {"id": form.id.data, "content": {"text": ...}})
                database().write(lambda db: messages.post(db, me.id, me.keyring, reference, body))
                return done(_("The reply was sent."), "console.case", reference=reference)
        return case_page(me, reference, reply=form)

- `me` is a `Who`, as resources have it, with `places`, `has(role)`, `place(slug, role)` and
  `chosen` (the organisation whose cases are shown; None: all).
- Never act unless `sent(form)`. It is false for a form that is shown again after sign-in, lock
  or an old token; the page then shows it filled in, and says so by itself.
- Other forms on the same page get no data: `Note(formdata=None)`.
- `refusals(form)` shows what a rule refuses as the error summary, with the text kept.
- `done(...)` redirects with 303 and says what was done. No content and no names in it: it is in
  a cookie.
- A button without fields is an `act`: `@console.act("/account/sessions/<id>/end", ..., back=...)`
  does it and ends with `done(...)`; what is refused is said on the page `back`.
- A form with files: `files=True` here and in `m.start`, and `attaching.take`.
- Choices of a field: `options((value, name), ...)`; several of them: `CheckboxesField`.
- Stretch (passwords, words) before you open a transaction.
- In templates: `{% extends "console/base.html" %}`, the blocks `title` (says nothing of content),
  `heading` and `main`, and the macros of `console/macros.html`: `start(form)`, `summary(form)`,
  `field(form.text)`, `send(...)`, `act(url, ...)`, `day(...)`, `mark(...)`, `prose(...)`.
- Every text for people through `_()`; in classes `_l()`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    request,
    url_for,
)
from flask_babel import gettext as _

from api.console import caller, entering, guard
from api.console.forms import NOT_HERE
from api.console.showing import STATIC, TEMPLATES
from api.contract import refuse_other_sites
from shared.errors import NotAllowed, WrenError

View = TypeVar("View", bound=Callable[..., Any])

ANYONE = ("anyone",)
"""For pages that everybody who is signed in may see, also without any role."""

OPEN: tuple[str, ...] = ()


class Pages(Blueprint):
    """The blueprint: it takes pages only with what they need."""

    def opened(self, rule: str, *, form: bool = False) -> Callable[[View], View]:
        """A page for people who are not signed in."""
        return self._add(rule, OPEN, ["GET", "POST"] if form else ["GET"])

    def page(
        self, rule: str, *roles: str, form: bool = False, files: bool = False
    ) -> Callable[[View], View]:
        """A page for callers who have one of these roles in some organisation.

        Only the form of a case's page may have `files`.
        """
        assert roles, "name the roles"  # noqa: S101 - else it would be open to all
        return self._add(rule, roles, ["GET", "POST"] if form else ["GET"], files=files)

    def act(self, rule: str, *roles: str, back: str) -> Callable[[View], View]:
        """A button without fields; what is refused is said on the page `back`."""
        assert roles, "name the roles"  # noqa: S101
        return self._add(rule, roles, ["POST"], back)

    def _add(
        self,
        rule: str,
        roles: tuple[str, ...],
        methods: list[str],
        back: str | None = None,
        files: bool = False,
    ) -> Callable[[View], View]:
        def wrap(view: View) -> View:
            @wraps(view)
            def shown(**values: Any) -> Any:
                given = (g.me,) if roles else ()
                if back is None:
                    return view(*given, **values)
                return _acted(lambda: view(*given, **values), back, values)

            shown.__dict__.update(wren_needs=roles, wren_files=files)
            self.add_url_rule(rule, view.__name__, shown, methods=methods, strict_slashes=False)
            return view

        return wrap


def _acted(view: Callable[[], Any], back: str, values: dict[str, Any]) -> Any:
    """Does what a button asks for, unless it was pressed on a page that is out of date."""
    try:
        if not g.kept:
            return view()
        flash(_("Nothing was done yet. Press the button again."), "warning")
    except WrenError as error:
        if error.code in NOT_HERE or error.status == 403:
            raise
        flash(_(error.detail), "danger")
    rule = next(iter(current_app.url_map.iter_rules(back)))
    wanted = {name: one for name, one in values.items() if name in rule.arguments}
    return redirect(url_for(back, **wanted), 303)


console = Pages(
    "console", __name__, url_prefix="/console", template_folder=TEMPLATES, static_folder=STATIC
)


@console.before_request
def _before() -> Response | None:
    """Finds the caller and looks at what was sent; the page runs only if all of it is right."""
    g.me, g.kept, g.notice = None, False, None
    view = current_app.view_functions[str(request.endpoint)]
    needs = view.__dict__.get("wren_needs")
    if needs is None or request.method == "OPTIONS":
        return None
    posted = request.method == "POST"
    if posted:
        files = bool(view.__dict__["wren_files"])
        refuse_other_sites(files=files)
        if files:
            guard.make_room(caller.find())
        g.ours = True
        if not guard.has_token():
            _keep(_("This page was open for too long, or in another tab meanwhile. "
                    "Your text is still here: look at it, and send it again."))  # fmt: skip
        elif guard.AGAIN in request.form:
            _keep(_("Your text is still here: look at it, and send it again."))
    if needs == OPEN:
        return None
    stopped = entering.let_in(keep=_keep)
    if stopped is not None:
        return stopped
    if needs != ANYONE and not g.me.has(*needs):
        raise NotAllowed
    return _take_up() if posted else None


def _take_up() -> Response | None:
    """What was kept stands in the form again; or it is dropped, and the page shown without it."""
    if guard.take_up(str(g.me.id)):
        return None
    g.kept = True
    if "GET" not in (request.url_rule.methods or ()):  # type: ignore[union-attr]
        return None
    flash(_("What was written here before was somebody else's, or is over a day old. It is not "
            "kept, and nothing was done."), "warning")  # fmt: skip
    return make_response(redirect(request.full_path.removesuffix("?"), 303))


def _keep(notice: str) -> None:
    g.kept, g.notice = True, notice
