"""The audit's page: what each may see, filters, pages, CSV."""

from __future__ import annotations

from collections.abc import Callable

from tests.console.hands import Hands
from tests.service import Service

Make = Callable[..., Hands]


def test_it_works(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    service.get(f"/cases/{reference}", service.handler())
    one = hands()
    page = one.get("/console/audit", follow=True)
    assert "handler-1 looked at the case" in page.words
    assert reference in page.words
    only = one.get(f"/console/audit/eeast?case={reference.lower()}")
    assert "looked at the case" in only.words
    assert "approved a handler" not in only.words
    for path in ("?case=EEA-0000000000", "?case=%00", "?case=" + "x" * 21):
        assert "no case of this reference" in one.get(f"/console/audit/eeast{path}").words


def test_others_see_no_case(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    service.get(f"/cases/{reference}", service.handler())
    for name in ("handler-3", "administrator-1"):
        other = hands(name)
        assert reference not in other.get("/console/audit/eeast").words
        words = other.get(f"/console/audit/eeast?case={reference}").words
        assert "no case of this reference" in words
    assert hands("handler-5").get("/console/audit/eeast").status == 404
    assert hands("analyst-1").get("/console/audit/eeast").status == 403


def test_it_is_exported(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    service.get(f"/cases/{reference}", service.handler())
    one = hands()
    page = one.get("/console/audit/eeast")
    form = next(each for each in page.forms if each.action.endswith("/export"))
    answer = one.http.post(form.action, data=form.fields)
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text.startswith("day,actor,actor_name,act,reference,detail")
    assert reference in answer.text
    assert "exported the audit" in one.get("/console/audit/eeast").words
    assert one.get(form.action).status == 303


def test_older_pages(service: Service, hands: Make) -> None:
    for _ in range(60):
        service.post("/sign-in", {}, None)
    one = hands()
    for _ in range(60):
        form = next(
            each
            for each in one.get("/console/audit/eeast").forms
            if each.action.endswith("/export")
        )
        one.http.post(form.action, data=form.fields)
    page = one.get("/console/audit/eeast")
    assert page.words.count("exported the audit") == 50
    older = page.answer.text.split('href="/console/audit/eeast?after=')[1].split('"')[0]
    assert one.get(f"/console/audit/eeast?after={older}").words.count("exported the audit") == 10


def test_no_text_of_the_form_gets_into_an_address(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    for case, kept in ((reference, f"?case={reference}"), ("a name", "")):
        fields = {"case": case, "csrf_token": "old"}
        shown = hands().http.post("/console/audit/eeast/export", data=fields)
        assert shown.headers["Location"] == f"/console/audit/eeast{kept}"


def test_everybody_sees_only_what_they_can_use(hands: Make) -> None:
    for name, seen, hidden in (
        ("handler-1", ("People", "Audit", "Figures"), ("Organisation",)),
        ("administrator-1", ("People", "Organisation", "Audit", "Figures"), ("Inbox",)),
        ("analyst-1", ("Figures",), ("People", "Organisation", "Audit", "Inbox")),
    ):
        text = hands(name).get("/console/account").answer.text
        shown = text.split('class="main-nav wide"')[1].split("</nav>")[0]
        assert all(f">{one}<" in shown for one in seen), name
        assert not any(f">{one}<" in shown for one in hidden), name
