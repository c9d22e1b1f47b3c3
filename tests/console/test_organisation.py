"""What administrators keep: lists of texts and choices, dates of checking, settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.checks import nothing_stored
from tests.console.hands import Hands, Shown
from tests.service import Service

Make = Callable[..., Hands]
ADMIN = "administrator-1"
HOME = "/console/organisation/eeast"
NEW: dict[str, dict[str, str]] = {
    "desks": {"name": "Night desk", "about": "At night."},
    "categories": {"name": "Behaviour & Relationship"},
    "regions": {"name": "North"},
    "contacts": {"name": "Police", "kind": "phone", "value": "101", "detail": "A crime."},
    "guidance": {"title": "What counts", "text": "All of it."},
    "replies": {"name": "Thanks", "text": "Thank you."},
}


def button(page: Shown, what: str, at: int = -1) -> Any:
    """The form of a button in the list."""
    return [form for form in page.forms if form.action.endswith(f"/{what}")][at]


def test_it_works(service: Service, hands: Make) -> None:
    admin = hands(ADMIN)
    start = admin.get("/console/organisation")
    assert start.location == f"{HOME}/desks"
    directory = service.get("/organisations/eeast").get_json()
    for kind, fields in NEW.items():
        page = f"{HOME}/{kind}"
        form = admin.get(f"{page}/new").form(*fields.keys() - {"kind"})
        shown = admin.send(f"{page}/new", form, follow=True, step="save", **fields)
        called = fields.get("name") or fields["title"]
        assert "It was stored" in shown.words
        assert called in shown.words
        if kind in directory:
            listed = service.get("/organisations/eeast").get_json()[kind]
            assert len(listed) == len(directory[kind]) + 1
        taken = admin.send("", button(shown, "remove"), follow=True)
        assert "It was taken out" in taken.words
        assert len(button_names(taken)) == len(button_names(shown)) - 1
    assert service.get("/organisations/eeast").get_json() == directory


def button_names(page: Shown) -> list[str]:
    return [form.action for form in page.forms if form.action.endswith("/remove")]


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        ("desks", {"name": ""}, "Name: Write something here"),
        ("desks", {"name": "x" * 201}, "Name: This is too long"),
        ("desks", {"name": "Freedom to Speak Up guardian", "about": "x" * 501}, "too long"),
        ("contacts", {"name": "x", "kind": "phone", "value": "abc"}, "Use digits"),
        ("contacts", {"name": "x", "kind": "link", "value": "http://x.example"}, "https://"),
        ("contacts", {"name": "x", "kind": "link", "value": "javascript:alert(1)"}, "https://"),
        ("contacts", {"name": "x", "value": "1"}, "Kind: Use phone or link"),
        ("contacts", {"name": "x", "kind": "phone", "value": "1", "checked_on": "2999-01-01"},
         "Checked on: Use today or an earlier day"),
        ("contacts", {"name": "x", "kind": "phone", "value": "1", "checked_on": "soon"},
         "Checked on: Not a valid date"),
        ("guidance", {"title": "x", "text": " "}, "Text: Write something here"),
        ("guidance", {"title": "x", "text": "x" * 20_001}, "Text: This is too long"),
        ("replies", {"name": "a\tb", "text": "x"}, "Name: Write this in one line"),
        ("replies", {"name": "x", "text": "a\x00b"}, "Text: Take out control characters"),
    ],
)  # fmt: skip
def test_what_is_wrong(
    service: Service, hands: Make, kind: str, fields: dict[str, str], told: str
) -> None:
    admin = hands(ADMIN)
    page = f"{HOME}/{kind}/new"
    form = admin.get(page).form(*(set(NEW[kind]) - {"kind"}))
    with nothing_stored(service):
        shown = admin.send(page, form, step="save", **fields)
    assert (shown.status, told in shown.words) == (422, True), shown.words
    again = shown.form(*(set(NEW[kind]) - {"kind"}))
    for name, value in fields.items():
        if name in again.fields and "\x00" not in value and name != "kind":
            assert again.fields[name].strip() == value.strip()


def test_a_text_is_looked_at_before_it_is_stored(service: Service, hands: Make) -> None:
    admin = hands(ADMIN)
    page = f"{HOME}/guidance/new"
    text = (
        "## First\r\n\r\n**bold** <script>alert(1)</script> [x](javascript:alert(1)) ![p](/p.png)"
    )
    form = admin.get(page).form("title", "text")
    with nothing_stored(service):
        shown = admin.send(page, form, title="A title", text=text, step="preview")
    html = shown.answer.text.split('class="markdown"')[1].split("</section>")[0]
    assert "<h4>First</h4>" in html
    assert "<strong>bold</strong>" in html
    assert "<script" not in html
    assert "javascript:" not in html.replace("[x](javascript:alert(1))", "")
    assert "<img" not in html
    assert shown.form("text").fields["title"] == "A title"


def test_what_was_checked_says_when(service: Service, hands: Make) -> None:
    service.clock.now += 400 * 24 * 60 * 60
    admin = hands(ADMIN)
    page = admin.get(f"{HOME}/contacts")
    before = page.words.count("over six months ago")
    assert before > 3
    after = admin.send("", button(page, "checked"), follow=True)
    assert after.words.count("over six months ago") == before - 1
    desk = button(page, "checked").action.replace("contacts", "desks")
    page.forms[0].action = desk
    assert admin.send("", page.forms[0]).status == 303


def test_a_change_is_no_check(service: Service, hands: Make) -> None:
    before = hands(ADMIN).get(f"{HOME}/contacts")
    page = button_names(before)[0].removesuffix("/remove")
    day = hands(ADMIN).get(page).form("checked_on").fields["checked_on"]
    service.clock.now += 400 * 24 * 60 * 60
    admin = hands(ADMIN)
    shown = admin.get(page)
    form = shown.form("checked_on", "name")
    assert form.fields["checked_on"] == day
    assert f"Change: {form.fields['name']}" in shown.words
    kind = "phone" if form.fields["value"][0] != "h" else "link"
    sent = admin.send(page, form, detail="Another sentence.", kind=kind, step="save")
    assert sent.status == 303
    after = admin.get(f"{HOME}/contacts").words.count("over six months ago")
    assert after == len(button_names(before))


def test_order_is_changed(hands: Make) -> None:
    admin = hands(ADMIN)
    page = admin.get(f"{HOME}/replies")
    moved = admin.send("", button(page, "up"), follow=True)
    names = [one.rsplit("/", 2)[1] for one in button_names(page)]
    changed = [one.rsplit("/", 2)[1] for one in button_names(moved)]
    assert changed == [*names[:-2], names[-1], names[-2]]


def test_two_administrators_at_once(service: Service, hands: Make) -> None:
    one, other = hands(ADMIN), hands(ADMIN)
    page = button_names(one.get(f"{HOME}/guidance"))[0].removesuffix("/remove")
    first, second = one.get(page).form("title"), other.get(page).form("title")
    assert other.send(page, second, title="Changed meanwhile", step="save").status == 303
    with nothing_stored(service):
        late = one.send(page, first, text="My long text", step="save")
    assert (late.status, "Somebody else changed this" in late.words) == (409, True)
    assert late.form("title").fields["text"] == "My long text"
    assert one.get(page).status == 303
    gone = one.send("", button(one.get(f"{HOME}/guidance"), "remove"), follow=True)
    assert "taken out" in gone.words


def test_a_desk_in_use_stays(service: Service, hands: Make) -> None:
    admin = hands(ADMIN)
    with nothing_stored(service):
        shown = admin.send("", button(admin.get(f"{HOME}/desks"), "remove", 0), follow=True)
    assert "it has to stay" in shown.words


def test_settings(service: Service, hands: Make) -> None:
    admin = hands(ADMIN)
    page = f"{HOME}/settings"
    form = admin.get(page).form("release")
    for change, told in (
        ({"acknowledge_days": "0"}, "Use a number from 1 to 30"),
        ({"acknowledge_days": "two"}, "Not a valid integer value"),
        ({"idle_minutes": ""}, "Not a valid integer value"),
        ({"release": "7 o'clock"}, "Use times as 07:00"),
        ({"release": ""}, "Use times as 07:00"),
        ({"name": ""}, "Write something here"),
    ):
        with nothing_stored(service):
            shown = admin.send(page, form, **change)
        assert (shown.status, told in shown.words) == (422, True), (change, shown.words)
    stored = admin.send(page, form, release="13:00, 07:00", idle_minutes="5", follow=True)
    assert "The settings were stored" in stored.words
    assert stored.form("release").fields["release"] == "07:00, 13:00"
    handler = hands()
    service.clock.now += 5 * 60
    assert handler.get("/console/account").status == 401  # locks after five minutes now


def test_another_organisation_is_not_there(hands: Make) -> None:
    admin = hands(ADMIN)
    for path in ("desks", "settings", "contacts/new", "guidance/0123456789abcdef"):
        assert admin.get(f"/console/organisation/elsewhere/{path}").status == 404
