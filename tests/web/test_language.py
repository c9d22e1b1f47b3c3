"""Pages in another language: asked for by the browser, or switched to; texts, days and numbers."""

from __future__ import annotations

from datetime import date

import pytest
from flask_babel import ngettext

from api.texts import told
from api.web import language
from shared.errors import Invalid
from shared.schemas.base import Text, WireSchema, load
from tests.service import Service
from tests.web.hands import BASE, Hands

CY, PL = "Gadael y wefan hon", "Opuść tę stronę"


def test_it_works(page_hands: Hands) -> None:
    page = page_hands.go("/o/eeast")
    assert '<html lang="en-GB"' in page
    assert CY not in page
    page_hands.go("/o/eeast?lang=cy")
    assert page_hands.path == "/o/eeast"
    assert '<html lang="cy"' in page_hands.page.text
    assert CY in page_hands.text
    page_hands.go("/o/eeast/begin")
    assert CY in page_hands.text
    page_hands.go("/o/eeast/begin?lang=pl")
    assert PL in page_hands.text
    page_hands.go("/?lang=en")
    assert "Leave this site" in page_hands.text


def test_a_switch_leaves_nothing_in_the_address(page_hands: Hands) -> None:
    """A plain redirect to the same path: no history holds the switch, and a reload repeats it
    no more."""
    answer = page_hands.http.get("/o/eeast?lang=cy&other=1", base_url=BASE)
    assert (answer.status_code, answer.location) == (303, "/o/eeast")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie == "__Host-w-language=cy; Secure; HttpOnly; Path=/; SameSite=Strict"


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("cy", "cy"),
        ("cy-GB, en;q=0.5", "cy"),
        ("pl-PL,pl;q=0.9,en-US;q=0.8", "pl"),
        ("de, pl;q=0.1", "pl"),
        ("en-US, pl;q=0.9", "en-GB"),
        ("en;q=0.2, pl;q=0.3", "pl"),
        ("cy;q=0, pl;q=0.1", "pl"),
        ("de-DE", "en-GB"),
        ("*", "en-GB"),
        ("\N{BLACK STAR}", "en-GB"),
        ("", "en-GB"),
    ],
)
def test_the_browser_is_asked(page_hands: Hands, wish: str, expected: str) -> None:
    headers = {"Accept-Language": wish.encode().decode("latin-1")}
    answer = page_hands.http.get("/", headers=headers, base_url=BASE)
    assert f'<html lang="{expected}"' in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_switch_counts_more_than_the_browser(service_pl: Hands) -> None:
    service_pl.go("/")
    assert PL in service_pl.text
    assert not service_pl.cookies()
    service_pl.go("/?lang=en")
    service_pl.go("/o/eeast")
    assert "Leave this site" in service_pl.text


@pytest.mark.parametrize("wish", ["de", "CY", "", "cy_GB", "../cy", "en_GB", "cy\N{NULL}"])
def test_an_unknown_language_is_passed_over(page_hands: Hands, wish: str) -> None:
    answer = page_hands.http.get("/o/eeast", query_string={"lang": wish}, base_url=BASE)
    assert answer.status_code == 200
    assert '<html lang="en-GB"' in answer.text
    assert "Set-Cookie" not in answer.headers


def test_so_is_one_in_the_cookie(page_hands: Hands) -> None:
    page_hands.http.set_cookie("__Host-w-language", "de", domain="wren.example")
    assert '<html lang="en-GB"' in page_hands.go("/")


def test_the_quick_exit_forgets_it(page_hands: Hands) -> None:
    page_hands.go("/?lang=pl")
    assert page_hands.cookies() == {"__Host-w-language": "pl"}
    page_hands.http.get("/leave", base_url=BASE)
    assert not page_hands.cookies()


def test_a_form_is_never_a_switch(page_hands: Hands) -> None:
    page_hands.go("/o/eeast/begin")
    _path, fields = page_hands.filled()
    page_hands.send("/o/eeast/begin?lang=cy", fields)
    assert page_hands.path.endswith("/1")
    assert "__Host-w-language" not in page_hands.cookies()


def test_the_console_has_its_own(page_hands: Hands) -> None:
    page_hands.go("/?lang=cy")
    for wish in ("cy", "pl"):
        headers = {"Accept-Language": wish}
        page = page_hands.http.get("/console/sign-in", headers=headers, base_url=BASE)
        assert '<html lang="en-GB"' in page.text
        lost = page_hands.http.get("/console/nothing", headers=headers, base_url=BASE)
        assert "There is nothing here that you can see." in lost.text
    refused = page_hands.http.get("/api/v1/nothing", headers=headers, base_url=BASE).get_json()
    assert refused["detail"] == "There is nothing here that you can see."


@pytest.mark.parametrize(
    ("code", "marked"), [("en", False), ("cy", True), ("pl", True)], ids=["en", "cy", "pl"]
)
def test_each_page_says_that_nobody_has_read_it(
    page_hands: Hands, code: str, marked: bool
) -> None:
    page_hands.go(f"/?lang={code}")
    for path in ("/", "/o/eeast", "/o/eeast/begin"):
        page_hands.go(path)
        assert ("first-translation" in page_hands.page.text) is marked
    page_hands.go("/nothing", 404)
    assert ("first-translation" in page_hands.page.text) is marked


def test_the_switch_names_each_language_in_itself(page_hands: Hands) -> None:
    page_hands.go("/?lang=cy")
    for code, name in (("en", "English"), ("pl", "Polski")):
        assert f'<a href="?lang={code}" lang="{code}" hreflang="{code}">{name}</a>' in (
            page_hands.page.text
        )
    assert '<span aria-current="true" lang="cy">Cymraeg</span>' in page_hands.page.text


# --- texts, days and numbers -------------------------------------------------------------


@pytest.fixture
def service_pl(page_hands: Hands) -> Hands:
    return Hands(page_hands.service, "pl")


class In:
    """The pages' functions as a page in one language calls them."""

    def __init__(self, service: Service, code: str) -> None:
        self.request = service.app.test_request_context(
            "/", base_url=BASE, headers={"Accept-Language": code}
        )

    def __enter__(self) -> None:
        self.request.__enter__()
        language.DOMAIN.as_default()

    def __exit__(self, *_: object) -> None:
        self.request.__exit__(None, None, None)


@pytest.mark.parametrize(
    ("code", "day", "number", "two", "three"),
    [
        ("en", "3 February 2026", "20,000", "Ann and Owen", "Ann, Bo and Owen"),
        ("cy", "3 Chwefror 2026", "20,000", "Ann ac Owen", "Ann, Bo ac Owen"),
        ("pl", "3 lutego 2026", "20\N{NO-BREAK SPACE}000", "Ann i Owen", "Ann, Bo i Owen"),
    ],
    ids=["en", "cy", "pl"],
)
def test_days_numbers_and_lists(
    page_hands: Hands, code: str, day: str, number: str, two: str, three: str
) -> None:
    with In(page_hands.service, code):
        assert language.day(date(2026, 2, 3)) == day
        assert language.day(None) == ""
        assert language.number(20_000) == number
        assert language.listed(["Ann", "Owen"]) == two
        assert language.listed(["Ann", "Bo", "Owen"]) == three
        assert language.listed(["Ann"]) == "Ann"
        assert language.listed([]) == ""


def test_welsh_says_and_by_what_follows(page_hands: Hands) -> None:
    with In(page_hands.service, "cy"):
        found = [language.listed(["x", name])[2:] for name in ("Élan", "Bo", "handler-1", "9")]
        assert found == ["ac Élan", "a Bo", "a handler-1", "a 9"]


def test_refusals_are_translated_with_their_values(page_hands: Hands) -> None:
    class Form(WireSchema):
        story = Text(20_000, blank=False)

    def refused(sent: str) -> str:
        with pytest.raises(Invalid) as caught:
            load(Form(), {"story": sent})
        (fault,) = caught.value.errors["story"]  # type: ignore[misc]
        return str(told(fault))

    with In(page_hands.service, "cy"):
        assert refused("x" * 20_001) == "Mae hyn yn rhy hir: defnyddiwch 20,000 nod ar y mwyaf."
        assert refused(" ") == "Ysgrifennwch rywbeth yma."
    with In(page_hands.service, "pl"):
        assert refused("x" * 20_001) == (
            "To jest za długie: najwyżej 20\N{NO-BREAK SPACE}000 znaków."
        )
    with In(page_hands.service, "en"):
        assert refused("x" * 20_001) == "This is too long: use at most 20,000 characters."


def test_a_refusal_is_a_page_in_the_language(service_pl: Hands) -> None:
    service_pl.go("/nothing", 404)
    assert service_pl.heading == "Nie znaleziono strony"
    assert "Pod tym adresem nie ma strony." in service_pl.text
    service_pl.go("/o/eeast/begin")
    service_pl.press(status=403, headers={"Sec-Fetch-Site": "cross-site"})
    assert "Ten formularz wysłała inna strona." in service_pl.text


def test_what_an_organisation_wrote_stays_and_says_so(page_hands: Hands) -> None:
    """A text that Wren brought is translated; one that was edited is English, and marked."""
    with In(page_hands.service, "cy"):
        render = page_hands.service.app.jinja_env.from_string(
            '{{ one | stock }}|<p title="{{ one | stock | plain }}"{{ one | foreign }}>'
        ).render
        edited = '<span lang="en-GB">Bullying &amp; more</span>|<p title="Bullying &amp; more"'
        assert render(one="Bullying") == 'Bwlio|<p title="Bwlio">'
        assert render(one="Bullying & more") == f'{edited} lang="en-GB">'
        assert render(one="") == '|<p title="">'
    with In(page_hands.service, "en"):
        assert render(one="Bullying & more") == (
            'Bullying &amp; more|<p title="Bullying &amp; more">'
        )


def test_plurals_take_the_form_of_their_number(page_hands: Hands) -> None:
    count = (
        "There should be eight words; there is %(num)s.",
        ("There should be eight words; there are %(num)s."),
    )
    with In(page_hands.service, "pl"):
        found = [ngettext(*count, number) for number in (1, 2, 5, 12, 22)]
        assert found == [
            f"Powinno być osiem słów; {verb} {number}."
            for verb, number in (("jest", 1), ("są", 2), ("jest", 5), ("jest", 12), ("są", 22))
        ]
    tried = "On %(day)s, %(number)s page was tried:", "On %(day)s, %(number)s pages were tried:"
    with In(page_hands.service, "cy"):
        found = [
            ngettext(*tried, number, day="1 Mai", number=number).split()[-1]
            for number in (0, 1, 2, 3, 6, 10)
        ]
        assert found == ["tudalen:", "dudalen:", "dudalen:", "tudalen:", "tudalen:", "tudalen:"]
