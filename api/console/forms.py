"""What all forms share: a token, texts as people paste them, an id that makes a repeat harmless.

Fields have labels and hints. What they may hold is checked by the same marshmallow schemas as
the API's calls: `checked(form, Schema, ...)` or the rule itself; `refusals` puts what was
refused beside the field of the same name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any
from uuid import uuid4

from flask import g, request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from marshmallow import Schema
from wtforms import Field, HiddenField, SelectChoice, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, DateInput, ListWidget

from api.texts import told
from shared.errors import WrenError
from shared.schemas.base import load

_MISSING = "Missing data for required field."

NOT_HERE = {"sign_in", "not_found", "internal", "unavailable"}
"""Refusals that have pages of their own."""


class Form(FlaskForm):  # type: ignore[misc]
    """A form of the console. `refused` is the status it is shown again with."""

    refused: int = 0

    class Meta:
        # CSRFProtect checked the token before any page was asked.
        csrf_time_limit = None


class IdField(HiddenField):  # type: ignore[misc]
    """A new random id for what this form makes, so that sending it twice makes it once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, default=lambda: str(uuid4()), **kwargs)


class DayField(StringField):  # type: ignore[misc]
    """A day. Its data is text (ISO 8601), for the schema to check."""

    widget = DateInput()


class CheckboxesField(SelectMultipleField):  # type: ignore[misc]
    """Several of its choices, each with a box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"validate_choice": False} | kwargs))


def options(pairs: Iterable[tuple[str, Any]]) -> list[Any]:
    """Choices of a select, radio or checkboxes field, from values and what people read."""
    return [SelectChoice(value, name) for value, name in pairs]


def sent(form: Form) -> bool:
    """Whether the form was sent, and may be acted on.

    False for a page that is only looked at, for a form with faults, and for one that is shown
    again after a sign-in, a lock or an old token: then it is filled in, and waits.
    """
    return request.method == "POST" and not g.kept and bool(form.validate())


def text(value: str | None) -> str:
    """What was typed or pasted, with the line breaks of all systems as one kind."""
    return (value or "").replace("\r\n", "\n").replace("\r", "\n")


def checked(schema: type[Schema], values: Mapping[str, Any]) -> dict[str, Any]:
    """What the schema makes of these values; empty ones are left out. Raises `Invalid`."""
    return dict(
        load(schema(), {name: one for name, one in values.items() if one not in ("", None)})
    )


class refusals:
    """`with refusals(form):` what a rule refuses is shown in the form, with the text kept.

    What says that there is no such thing, no session or no service has a page of its own.
    """

    def __init__(self, form: Form) -> None:
        self.form = form

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, WrenError) or error.code in NOT_HERE:
            return False
        refuse(self.form, error)
        return True


def refuse(form: Form, error: WrenError) -> None:
    """Puts a refusal into the form: beside its fields, else at its top."""
    form.refused = error.status
    placed = False
    for name, fault in _leaves(error.errors):
        field: Field | None = form._fields.get(name)
        if field is None or isinstance(field, HiddenField):
            form.form_errors.append(_told(fault))
        else:
            field.errors = [*field.errors, _told(fault)]
        placed = True
    if not placed:
        form.form_errors.append(_(error.detail))


def _told(fault: str) -> str:
    """A fault as people read it."""
    return str(_("Fill this in.")) if fault == _MISSING else told(fault)


def _leaves(errors: Mapping[str, object], name: str = "") -> Iterator[tuple[str, str]]:
    """Each fault with the name of the innermost field it is about."""
    for key, fault in errors.items():
        own = name if str(key).isdigit() else str(key)
        if isinstance(fault, Mapping):
            yield from _leaves(fault, own)
        else:
            for one in fault if isinstance(fault, list | tuple) else [fault]:
                yield own, one if isinstance(one, str) else str(one)
