"""What is put into templates when they are compiled: pages are what they would be without that."""

from __future__ import annotations

import pytest

from api.web import language, rendering
from tests.web.hands import Hands

VALUES = {"value": "<i>50 %(x)s</i>", "word": "Language"}
FIXED = {
    "text": "{{ _('Language') }}",
    "attribute": "<p title=\"{{ _('Language') }}\">",
    "text with a fixed value": "{{ _('Page %(number)s of 7', number='<1>') }}",
    "per cent": "{{ _('100 %% <b>') }}",
    "in a macro": "{% macro b(text) %}<b>{{ text }}</b>{% endmacro %}{{ b(_('Language')) }}",
    "address": "{{ url_for('web.front') }}",
    "address with a value": "{{ url_for('web.organisation', slug='a b&c') }}",
}
NOT_FIXED = {
    "text with a value": "{{ _('Page %(number)s of 7', number=value) }}",
    "text that is a value": "{{ _(word) }}",
    "in a test": "{% if word and _('Language') %}{{ value }}{% endif %}",
    "address of a value": "{{ url_for('web.organisation', slug=value) }}",
}
TEMPLATES = FIXED | NOT_FIXED


@pytest.mark.parametrize("code", language.LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_it_works(page_hands: Hands, template: str, code: str) -> None:
    app = page_hands.service.app
    with app.test_request_context("/", headers={"Accept-Language": code}):
        language.DOMAIN.as_default()
        shown = rendering.environment().from_string(template).render(VALUES)
        assert shown == app.jinja_env.from_string(template).render(VALUES)
        assert shown


@pytest.mark.parametrize("template", FIXED.values(), ids=FIXED)
def test_nothing_is_looked_up(page_hands: Hands, template: str) -> None:
    app = page_hands.service.app
    with app.test_request_context("/"):
        language.DOMAIN.as_default()
        made = rendering.environment().from_string(template)
    # Outside of a request there is neither a language nor an address.
    assert made.render(VALUES)


def test_each_language_has_its_own(page_hands: Hands) -> None:
    said = set()
    for code in language.LANGUAGES:
        hands = Hands(page_hands.service, code)
        hands.go("/")
        said.add(hands.heading)
    assert len(said) == len(language.LANGUAGES)
