"""The search of all that was written, for marks that must not be there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import sqlalchemy

from tests.journeys.marks import Marks, as_bytes, postgres_places, rows
from tests.journeys.served import Served
from tests.journeys.traffic import Traffic


def execute(database_url: str, statement: str) -> None:
    engine = sqlalchemy.create_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def files(place: Path) -> Iterator[tuple[str, bytes]]:
    """Every file under a directory."""
    for path in sorted(place.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield str(path.relative_to(place)), path.read_bytes()


def dense(content: bytes) -> bytes:
    """The file without the long emptiness in it; no mark is of that."""
    return b"\0".join(filter(None, content.split(bytes(64))))


def in_database(served: Served, marks: Marks) -> dict[str, set[str]]:
    """Marks in the rows, and in the files that PostgreSQL keeps them in."""
    found = {
        f"table {name}": marks.found_in(as_bytes(table))
        for name, table in rows(served.database_url).items()
    }
    if served.database_url.startswith("postgresql"):
        cluster, number = postgres_places(served.database_url)
        execute(served.database_url, "CHECKPOINT")
        found["log"] = marks.found_in((Path(cluster).parent / "log").read_bytes())
        # Files of 16 MiB: only for the values as they are, the other forms are searched above.
        plain = Marks({name: {min(forms, key=len)} for name, forms in marks.forms.items()})
        plain.forms.pop("code")
        for path in (*Path(cluster, "base", number).iterdir(), *Path(cluster, "pg_wal").iterdir()):
            if path.is_file():
                found[path.name] = plain.found_in(dense(path.read_bytes()))
    return {name: given_away for name, given_away in found.items() if given_away}


def in_files(served: Served, marks: Marks) -> dict[str, set[str]]:
    """Marks in the server's output, in its data, and in all else that it could have written."""
    found = {name: marks.found_in(dense(content)) for name, content in files(served.place)}
    return {name: given_away for name, given_away in found.items() if given_away}


def in_answers(traffic: Traffic, marks: Marks) -> dict[str, set[str]]:
    """Marks in the headers of any answer and in the body of any refusal.

    A page of the console gives back what was typed into it, and where one wanted to go.
    """
    lines: dict[str, dict[bytes, None]] = {}
    for name, content in traffic.refusals:
        if " /console" in name and not name.endswith(" headers"):
            continue
        # Each line once, since most answers are alike.
        lines.setdefault(name, {}).update(dict.fromkeys(content.split(b"\n")))
    once = dict.fromkeys(line for some in lines.values() for line in some)
    if not marks.found_in(b"\n".join(once)):
        return {}
    found = {name: marks.found_in(b"\n".join(some)) for name, some in lines.items()}
    return {name: given_away for name, given_away in found.items() if given_away}


def in_pages(traffic: Traffic) -> dict[str, str]:
    """Pages that show what the browser itself holds or says of itself, and the line of each.

    What was typed a page may show.
    """
    never = {"session", "device", "cookie", "bearer", "access-key", "reporter-seed"}
    own = Marks(
        {
            name: forms
            for name, forms in traffic.marks.forms.items()
            if name in never or name.startswith(("header-", "client"))
        }
    )
    if not own.found_in(b"\n".join(traffic.pages)):
        return {}
    return {name: line.decode() for line, name in traffic.pages.items() if own.found_in(line)}


def in_the_open(served: Served, traffic: Traffic, clear: Marks) -> dict[str, set[str]]:
    """Marks of what is stored in clear, where even that must not be."""
    places = {"output": served.written()}
    tables = rows(served.database_url)
    for name in ("audit", "sessions", "throttles", "held_acts", "tally"):
        places[f"table {name}"] = as_bytes(tables[name])
    if served.database_url.startswith("postgresql"):
        cluster, _ = postgres_places(served.database_url)
        places["log"] = (Path(cluster).parent / "log").read_bytes()
    found = {name: clear.found_in(content) for name, content in places.items()}
    shown = {name: given_away for name, given_away in found.items() if given_away}
    return shown | in_answers(traffic, clear)
