"""The inbox: which cases, in what order, how many wait for what, and search over them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from api.models.case import Case
from api.rules import inbox as rules
from tests.api.checks import nothing_stored
from tests.console.cases import SCRIPT, join_elsewhere, reply, say
from tests.console.hands import Hands, Shown
from tests.service import OUTSIDERS, Service

Make = Callable[..., Hands]
INBOX = "/console/inbox"


def listed(shown: Shown) -> list[str]:
    """The references of the rows."""
    return re.findall(r'class="reference" href="/console/cases/([A-Z0-9-]+)"', shown.answer.text)


def count(shown: Shown, name: str) -> str:
    """The number beside a quick filter."""
    found = re.search(rf'>{name} <span class="count">([0-9+]+)<', shown.answer.text)
    assert found is not None, name
    return found.group(1)


def patch(service: Service, reference: str, **change: Any) -> None:
    answer = service.call("PATCH", f"/cases/{reference}", change, service.handler())
    assert answer.status_code == 200, answer.text


def late(service: Service, reference: str) -> None:
    """Four days after it was to be acknowledged."""
    day = date.today() - timedelta(days=4)
    service.database.write(
        lambda db: db.execute(
            update(Case).where(Case.reference == reference).values(acknowledge_by=day)
        )
    )


def test_it_works(service: Service, hands: Make) -> None:
    references = [service.open_case()[0] for _ in range(3)]
    shown = hands().get(INBOX)
    assert listed(shown) == references[::-1]
    assert "Acknowledge by" in shown.words
    assert "Freedom to Speak Up guardian · anonymous" in shown.words
    assert (count(shown, "New"), count(shown, "To answer"), count(shown, "Mine")) == (
        "3",
        "3",
        "0",
    )


def test_an_empty_one(hands: Make) -> None:
    shown = hands().get(INBOX)
    assert (shown.status, listed(shown)) == (200, [])
    assert "No open case." in shown.words
    assert "A colleague lets you into cases that were there before you came." in shown.words
    assert "No case is like that." in hands().get(f"{INBOX}?view=overdue").words


def test_the_quick_filters(service: Service, hands: Make) -> None:
    one, two, three, four = (service.open_case() for _ in range(4))
    bearer, who = service.handler(), str(service.handlers["handler-1"].id)
    late(service, one[0])
    patch(service, two[0], status="in_progress", assigned_to=who, urgent=True)
    service.post(f"/cases/{two[0]}/messages",
                 {"id": "6f1c2f0e-5a39-4c4b-9a55-0d9a3a1f2b7c", "content": {"text": "Hello."}},
                 bearer)  # fmt: skip
    patch(service, three[0], status="closed", legal_hold={"reason": "A claim"})
    hand = hands()
    first = hand.get(INBOX)
    for view, wanted in (
        ("Open", [four, two, one]),
        ("To answer", [four, three, one]),
        ("Urgent", [two]),
        ("New", [four, one]),
        ("Overdue", [one]),
        ("Due soon", [four]),
        ("Checks due", []),
        ("Mine", [two]),
        ("Unassigned", [four, one]),
        ("All", [four, three, two, one]),
    ):
        link = re.search(rf'<a href="([^"]+)"[^>]*>{view}\b', first.answer.text)
        assert link is not None, view
        shown = hand.get(link.group(1).replace("&amp;", "&"))
        assert listed(shown) == [reference for reference, _ in wanted], view
        if view not in ("Open", "All"):
            assert count(shown, view) == str(len(wanted)), view
    assert "overdue Acknowledge: was due" in first.words
    assert "urgent" in first.words
    assert "legal hold" in hand.get(f"{INBOX}?view=all").words


def test_urgent_and_closed(service: Service, hands: Make) -> None:
    reference, _ = service.open_case(urgent=True)
    assert listed(hands().get(f"{INBOX}?view=urgent")) == [reference]
    patch(service, reference, status="closed")
    shown = hands().get(f"{INBOX}?view=urgent")
    assert (listed(shown), count(shown, "Urgent")) == ([], "0")


def test_the_answer_to_the_closing_question_waits_for_nothing(
    service: Service, hands: Make
) -> None:
    reference, token = service.open_case()
    hand, answered = hands(), {"answer": "yes", "content": {"comment": "Thank you."}}
    reply(hand, reference, "This is what we found.")
    patch(service, reference, status="closed")
    body = {"id": str(uuid4())} | answered
    assert service.post("/case/feedback", body, service.reporter(token)).status_code == 201
    shown = hand.get(f"{INBOX}?view=answer")
    assert (listed(shown), count(shown, "To answer")) == ([], "0")
    say(service, token, "One thing more.")
    shown = hand.get(f"{INBOX}?view=answer")
    assert (listed(shown), count(shown, "To answer")) == ([reference], "1")


def test_filters_by_form(service: Service, hands: Make) -> None:
    one, two = (service.open_case()[0] for _ in range(2))
    patch(service, one, status="closed")
    hand = hands()
    assert listed(hand.get(f"{INBOX}?view=all&status=closed&desk=")) == [one]
    assert listed(hand.get(f"{INBOX}?view=open&desk=guardian")) == [two]
    for view in ("open", "urgent", "new", "overdue", "soon", "mine", "nobody"):
        shown = hand.get(f"{INBOX}?view={view}&status=closed&desk=")
        assert listed(shown) == [one], view  # of all: the view itself has no closed case
        assert re.search(r'aria-current="page">All', shown.answer.text), view
        link = re.search(r'<a href="([^"]+)"[^>]*>Open', shown.answer.text)
        assert link is not None
        assert listed(hand.get(link.group(1).replace("&amp;", "&"))) == [two]
    assert listed(hand.get(f"{INBOX}?view=answer&status=closed")) == [one]
    assert listed(hand.get(f"{INBOX}?view=nobody&status=new")) == [two]
    assert listed(hand.get(f"{INBOX}?desk=senior-manager")) == []
    for odd in (
        "status=odd",
        "view=odd",
        "after=x",
        "desk=%00",
        "limit=0",
        "odd=1",
        "view=new&view=all",
    ):
        assert hand.get(f"{INBOX}?{odd}").status == 200


def test_pages(service: Service, hands: Make) -> None:
    references = [service.open_case()[0] for _ in range(5)]
    hand = hands()
    first = hand.get(f"{INBOX}?limit=3")
    assert listed(first) == references[:1:-1]
    older = re.search(r'href="([^"]+)">Older cases', first.answer.text)
    assert older is not None
    second = hand.get(older.group(1).replace("&amp;", "&"))
    assert listed(second) == references[1::-1]
    assert "Back to the newest" in second.words


def test_a_handler_of_two_organisations_sees_both_with_a_mark(
    service: Service, hands: Make
) -> None:
    mine, _ = service.open_case()
    assert "The elsewhere trust" not in hands().get(INBOX).words
    join_elsewhere(service)
    theirs, _ = service.open_case("elsewhere")
    one = hands()
    shown = one.get(INBOX)
    assert listed(shown) == [theirs, mine]
    assert "anonymous · The elsewhere trust" in shown.words
    assert "anonymous · The eeast trust" in shown.words
    assert count(shown, "New") == "2"
    assert listed(one.get(f"{INBOX}?organisation=elsewhere")) == [theirs]
    choose = next(each for each in shown.forms if each.action == "/console/show")
    one.send(INBOX, choose, organisation="eeast")
    only = one.get(INBOX)
    assert (listed(only), count(only, "New")) == ([mine], "1")
    assert listed(find(one, "invented")) == [mine]


def test_who_waits_for_approval_is_told(service: Service, hands: Make) -> None:
    join_elsewhere(service, approved=False)
    assert "Your keys wait for approval" in hands().get(INBOX).words


@pytest.mark.parametrize("name", OUTSIDERS)
def test_outsiders_see_no_case_and_no_count(service: Service, hands: Make, name: str) -> None:
    service.open_case(content={"story": "An invented zebra."})
    one = hands(name)
    shown = one.get(INBOX)
    assert listed(shown) == []
    assert {count(shown, view) for view in ("To answer", "New", "Unassigned")} == {"0"}
    assert listed(find(one, "zebra")) == []


# --- search -----------------------------------------------------------------------------------


def find(one: Hands, words: str, **more: Any) -> Shown:
    """Searches from the inbox."""
    form = next(each for each in one.get(INBOX).forms if each.action == "/console/search")
    return one.send("/console/search", form, text=words, follow=True, **more)


def test_search_works(service: Service, hands: Make) -> None:
    one, token = service.open_case(content={"story": "An invented story of a Zebra at the gate."})
    service.open_case(content={"story": "Nothing of the kind."})
    say(service, token, "It came back on Tuesday.")
    hand = hands()
    shown = find(hand, "zebra TUESDAY")
    assert (shown.status, listed(shown)) == (200, [one])
    assert "<mark>Zebra</mark>" in shown.answer.text
    assert "1 case" in shown.words
    assert shown.form("text").fields["text"] == "zebra TUESDAY"
    assert listed(find(hand, one)) == [one]
    assert "No case of yours has all these words." in find(hand, "zebra unicorn").words


def test_what_was_found_shows_no_codes(service: Service, hands: Make) -> None:
    content = {
        "story": "An invented zebra.",
        "concerns": ["bullying"],
        "channel": "whatsapp-group",
    }
    reference, _ = service.open_case(content=content)
    shown = find(hands(), "zebra")
    assert listed(shown) == [reference]
    assert "whatsapp-group" not in shown.words
    assert listed(find(hands(), "whatsapp-group")) == []


def test_what_is_looked_for_is_in_no_address(service: Service, hands: Make) -> None:
    service.open_case(content={"story": "An invented zebra."})
    hand = hands()
    find(hand, "zebra")  # that the case was opened is noted once a day
    form = next(each for each in hand.get(INBOX).forms if each.action == "/console/search")
    with nothing_stored(service):
        sent = hand.send("", form, text="zebra")
        shown = hand.get(sent.location)
        assert listed(hand.get(sent.location)) == listed(shown) != []
    assert "zebra" not in sent.location
    assert len(sent.location) == len(hand.send("", form, text="x" * 200).location)
    assert listed(hands("handler-2").get(sent.location)) == []
    assert listed(hand.get("/console/search?words=odd")) == []
    assert not re.search(r'(href|action)="[^"]*zebra', shown.answer.text)
    assert not any("zebra" in value for value in shown.answer.headers.values())
    assert hand.get("/console/search?text=zebra").answer.text.count("<tr") == 0


@pytest.mark.parametrize(("words", "status"), [("", 422), ("  ", 422), ("x" * 201, 422),
                                              ("a\x00", 422), (SCRIPT, 200), ("(", 200),
                                              ("\\", 200)])  # fmt: skip
def test_bad_search(service: Service, hands: Make, words: str, status: int) -> None:
    service.open_case(content={"story": f"An invented story {SCRIPT} ( \\"})
    shown = find(hands(), words)
    assert shown.status == status, shown.words
    assert "<script>alert" not in shown.answer.text
    if status == 200:
        assert len(listed(shown)) == 1


def test_a_search_from_an_old_page(service: Service, hands: Make) -> None:
    service.open_case(content={"story": "An invented zebra."})
    one = hands()
    with nothing_stored(service):
        shown = find(one, "zebra", csrf_token=None)
    assert (listed(shown), shown.form("text").fields["text"]) == ([], "zebra")


def test_counts_end(service: Service, hands: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a hundred and more it says "99+"; here of three and more "2+"."""
    monkeypatch.setattr(rules, "COUNTED", 3)
    for shown in ("1", "2", "2+", "2+"):
        service.open_case()
        assert count(hands().get(INBOX), "New") == shown
