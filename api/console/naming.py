"""What codes are called: statuses, kinds of confidentiality, fields of a report."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from api.console.pages import console

STATUS: Mapping[str, Any] = {
    "new": _l("new"),
    "acknowledged": _l("acknowledged"),
    "in_progress": _l("in progress"),
    "awaiting_reporter": _l("waits for the reporter"),
    "closed": _l("closed"),
}
CONFIDENTIALITY: Mapping[str, Any] = {
    "anonymous": _l("anonymous"),
    "confidential": _l("confidential"),
    "open": _l("open"),
}
CONFIDENTIALITY_MEANS: Mapping[str, Any] = {
    "anonymous": _l("Anonymous: nobody knows who it is, not even you."),
    "confidential": _l("Confidential: you know who it is; nobody else learns it without consent."),
    "open": _l("Open: the person has said that others may know who raised it."),
}
RAISED: Mapping[str, Any] = {
    "phone": _l("by phone"),
    "email": _l("by email"),
    "in-person": _l("in person"),
    "letter": _l("by letter"),
    "other": _l("in another way"),
}
ANSWER: Mapping[str, Any] = {
    "yes": _l("yes"),
    "no": _l("no"),
    "maybe": _l("maybe"),
    "dont_know": _l("don't know"),
}
REQUEST: Mapping[str, Any] = {
    "waiting": _l("waits for the reporter's answer"),
    "granted": _l("reporter agreed"),
    "refused": _l("refused"),
    "taken_back": _l("taken back by the reporter"),
    "ended": _l("has ended"),
}
REPORT: Mapping[str, Any] = {
    "when": _l("When"),
    "place": _l("Where"),
    "people": _l("Who was involved"),
    "who_knows": _l("Who else knows"),
    "told_before": _l("Told before"),
    "wanted": _l("What should happen"),
    "immediate_danger": _l("In danger now"),
}
"""Texts of a report beside the story, in the order in which they are shown."""

ASKS: Mapping[str, Any] = {
    "name": _l("a name"),
    "who": _l("who they are"),
    "shift": _l("a shift or rota"),
    "place": _l("a station, team or place of work"),
    "crew": _l("a crew, vehicle or call sign"),
    "number": _l("a staff number"),
    "contact": _l("a way to reach them outside Wren"),
    "time": _l("an exact time"),
    "there": _l("whether they were there"),
    "only": _l("what only they may know"),
}


def named(names: Mapping[str, Any], code: str) -> str:
    """What a code is called; an unknown one is shown as it is."""
    return str(names.get(code, code))


def detail(entry: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """What an act changed, in words. `names` are people's by their id as text."""
    found, given = [], entry["detail"]
    if "status" in given:
        found.append(_("status: %(status)s", status=named(STATUS, given["status"])))
    if "confidentiality" in given:
        name = named(CONFIDENTIALITY, given["confidentiality"])
        found.append(_("confidentiality: %(name)s", name=name))
    if "assigned_to" in given:
        who = names.get(given["assigned_to"], "") if given["assigned_to"] else _("nobody")
        found.append(_("assigned to %(name)s", name=who))
    if "urgent" in given:
        found.append(_("marked urgent") if given["urgent"] else _("no longer urgent"))
    if "legal_hold" in given:
        found.append(_("legal hold set") if given["legal_hold"] else _("legal hold lifted"))
    if given.get("feedback_given"):
        found.append(_("feedback given"))
    if "kind" in given and entry["act"] == "case_exported":
        found.append(_("for sharing") if given["kind"] == "sharing" else _("the whole case"))
    people = [given["handler"]] if "handler" in given else []
    people += [*given.get("added", ()), *given.get("removed", ())]
    found += [names.get(one, one) for one in people]
    if "other" in given:
        found.append(given["other"])
    return found


def due(one: Mapping[str, Any]) -> str:
    """What of a case is to be done next and by when; empty if nothing is."""
    if one["due"] == "acknowledge":
        day = format_date(one["acknowledge_by"], "medium")
        said = (
            _l("Acknowledge: was due %(day)s") if one["overdue"] else _l("Acknowledge by %(day)s")
        )
    elif one["due"] == "feedback":
        day = format_date(one["feedback_by"], "medium")
        said = _l("Feedback: was due %(day)s") if one["overdue"] else _l("Feedback by %(day)s")
    else:
        return str(_("Check for detriment")) if one["due"] == "check" else ""
    return str(said) % {"day": day}


for _name, _names in (
    ("status_name", STATUS),
    ("confidentiality_name", CONFIDENTIALITY),
    ("raised_name", RAISED),
    ("answer_name", ANSWER),
    ("request_state", REQUEST),
    ("report_label", REPORT),
    ("asks_name", ASKS),
):
    console.add_app_template_filter(partial(named, _names), _name)
console.add_app_template_filter(due, "due_words")
