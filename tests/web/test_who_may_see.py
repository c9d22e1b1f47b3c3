"""Closed by default: every page of the reporter's says what it needs."""

from __future__ import annotations

from collections.abc import Iterator

from tests.service import Service

OPEN = {
    "/", "/accessibility", "/cookies", "/leave", "/look/<name>", "/o/<slug>", "/o/<slug>/begin",
}  # fmt: skip
WRITING = {"/o/<slug>/<visit:visit>/<int:number>"}
REPORTER: set[str] = set()


def pages(service: Service) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    """Each page's rule, with what it needs (None: it doesn't say)."""
    for rule in service.app.url_map.iter_rules():
        if not rule.rule.startswith(("/api", "/console", "/bootstrap")):
            view = service.app.view_functions[rule.endpoint]
            yield rule.rule, view.__dict__.get("wren_needs")


def test_it_works(service: Service) -> None:
    found = dict(pages(service))
    assert None not in found.values()
    assert {rule for rule, needs in found.items() if needs == ()} == OPEN
    assert {rule for rule, needs in found.items() if needs == ("writing",)} == WRITING
    assert {rule for rule, needs in found.items() if needs == ("reporter",)} == REPORTER
