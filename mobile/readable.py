"""The words of an opened message, as the language says what it is. No Kivy here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mobile.language import _, later

LABELS = {
    "story": "", "when": later("When"), "place": later("Group or place"),
    "people": later("Involved"), "who_knows": later("Who else knows"),
    "wanted": later("You would like"), "told_before": later("Told before"),
    "immediate_danger": later("In danger"),
}  # fmt: skip
TO_READ = {
    "status": later("The status of your case changed."),
    "consent-request": later("You are asked for consent, but the request can\u2019t be read."),
}
UNREADABLE = later("A message this app can\u2019t show.")
ANSWERS = {
    "yes": later("Yes"), "no": later("No"), "maybe": later("Maybe"),
    "dont_know": later("I don\u2019t know"),
}  # fmt: skip


def readable(content: Mapping[str, Any], directory: Mapping[str, Any]) -> str:
    """The words of an opened message, with a report's answers under short labels."""
    if content.get("type") == "feedback":
        answer = _(ANSWERS.get(str(content.get("answer")), ""))
        again = _("Would I speak up again? {answer}.").format(answer=answer)
        return "\n\n".join(filter(None, [again, str(content.get("comment") or "")]))
    if content.get("type") != "report":
        text = str(content.get("text") or "")
        return text or _(TO_READ.get(str(content.get("type")), UNREADABLE))
    parts = []
    for name, label in LABELS.items():
        if content.get(name):
            parts.append(f"{_(label)}\n{content[name]}" if label else str(content[name]))
    names = {one["code"]: one["name"] for one in (*directory["concerns"], *directory["channels"])}
    codes = [*content.get("concerns", ()), *filter(None, [content.get("channel")])]
    if codes:
        parts.insert(0, ", ".join(_(str(names.get(one, one))) for one in codes))
    return "\n\n".join(parts)
