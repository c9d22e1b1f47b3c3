"""`wren demo --sample`: invented cases in every state, made by the rules as if time had passed.

A clock of its own goes through the days of the past. Every case is sealed, answered, classified
and closed by the same rules that calls and pages use, on the day on which it happens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from api.models.base import Database, Work
from api.rules import categories, exporting, links, returns, tally
from api.rules.accounts import NewHandler
from api.sample_acts import DAY, WORDS, Acts, One, Step
from shared.sealing.encoding import unb64

PAST = 48
"""Cases of each earlier quarter: enough for counts that are shown."""


class Clock:
    """A clock that shows noon of a day of the past."""

    def __init__(self, day: date) -> None:
        self.day = day

    def __call__(self) -> float:
        return datetime.combine(self.day, time(12), UTC).timestamp()


def begins(today: date) -> date:
    """The day on which the sample begins: the quarter before the last one, or the first that
    the national list is of.
    """
    first = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    for _ in range(2):
        first = (first - DAY).replace(day=1)
        first = date(first.year, 3 * ((first.month - 1) // 3) + 1, 1)
    oldest = categories.national(categories.national_versions()[0])
    return max(first, date.fromisoformat(str(oldest["from"])))


def fill(database: Database, clock: Clock, slug: str, people: Mapping[str, NewHandler]) -> int:
    """Fills the organisation with the sample, and returns how many cases there are.

    `clock` is the database's, and stands at the sample's first day; at the end it is today.
    """
    first, today = clock.day, date.today()
    made = Sample(database, slug, people, today)
    made.plan(first)
    while clock.day <= today:
        if steps := made.steps.pop(clock.day, []):
            # Should the machine fail before the end, the sample is begun anew in another place.
            database.write(partial(_take, steps), lasting=False)
        for late in made.files.pop(clock.day, []):
            late()
        clock.day += DAY
    clock.day = today
    return made.number


def _take(steps: Sequence[Step], db: Work) -> None:
    for step in steps:
        step(db)


class Sample(Acts):
    """The cases of the sample: what happens when."""

    def plan(self, first: date) -> None:
        """All cases: those of the quarters before this one, and those that are open now."""
        quarter = date(self.today.year, 3 * ((self.today.month - 1) // 3) + 1, 1)
        days = max((quarter - first).days, 1)
        for at in range(PAST * max(round(days / 91), 1)):
            self.finished(first + timedelta(days=at * days // (PAST * max(round(days / 91), 1))))
        for at in range(12):
            self.finished(quarter + timedelta(days=at % 20))
        self.open_now()
        self.submitted(tally.quarter_of(first))

    def submitted(self, quarter: str) -> None:
        """The return of the first quarter, as an analyst submits it; that of the next waits."""
        analyst = self.people["analyst-1"].id

        def step(db: Work) -> None:
            seen = returns.get(db, analyst, self.slug, quarter, returns.PREVIEW)
            body = {"organisation": self.slug, "number": seen["number"], "why": ""}
            body["digest"] = unb64(seen["digest"])
            returns.submit(db, analyst, quarter, body)

        self.on(returns.due(quarter) + 12 * DAY, step)

    def finished(self, day: date) -> None:
        """A case that was answered and closed, within what time there was."""
        random, came = self.random, self.number % 5
        more = {"raised": ("phone", "in-person")[came % 2], "confidentiality": "confidential"}
        one = self.opened(
            day,
            "senior-manager" if self.number % 7 == 3 else "guardian",
            **(more if came in (1, 4) else {}),
        )
        self.answered(one, day + timedelta(days=random.choice((0, 1, 1, 2, 4))))
        self.on(day + timedelta(days=5), self.classify(one))
        self.on(day + timedelta(days=8), self.change(one, status="in_progress"))
        closed = day + timedelta(days=random.randint(14, 70))
        reply = random.choice(WORDS["feedback"])
        self.on(closed, self.reply(one, reply))
        outcome = random.choice(
            ("action-taken", "resolved-informally", "advice-given", "referred", "no-evidence")
        )
        self.on(closed, self.change(one, feedback_given=True, status="closed", outcome=outcome))
        if random.random() < 0.75:
            said = random.choices(("yes", "maybe", "no", "dont_know"), (7, 3, 2, 1))[0]
            self.on(closed + timedelta(days=3), self.feedback(one, said))
        if random.random() < 0.8:
            self.on(closed + timedelta(days=96), self.check(one, 3))

    def answered(self, one: One, day: date) -> None:
        """It is acknowledged and answered, and the reporter writes back."""
        self.on(day, self.change(one, status="acknowledged", assigned_to=str(one.by.id)))
        self.on(day, self.reply(one, self.random.choice(WORDS["replies"])))
        self.on(day + DAY, self.write(one, self.random.choice(WORDS["answers"])))

    def open_now(self) -> None:
        """What waits today, in every state that a case can be in."""
        ago = [self.today - timedelta(days=days) for days in range(120)]
        for days in (0, 0, 1):
            self.opened(ago[days])
        self.opened(ago[0], urgent=True)
        self.opened(ago[1], desk="senior-manager")
        for days in (9, 12, 16):  # nobody acknowledged them in time
            self.opened(ago[days])
        late = self.opened(ago[110])  # no feedback in three months
        self.answered(late, ago[109])
        self.on(ago[100], self.change(late, status="in_progress"))
        with_file = self.opened(ago[2])
        self.attach(with_file, ago[1])
        for days in (6, 10, 14):
            self.answered(self.opened(ago[days]), ago[days - 1])
        self.going_on(ago)
        self.recorded_now(ago)

    def going_on(self, ago: list[date]) -> None:
        """Cases in the middle of things: consents, a case file, a hold, links, a draft."""
        found = [self.opened(ago[days]) for days in (20, 24, 28, 32, 36)]
        for one, days in zip(found, (20, 24, 28, 32, 36), strict=True):
            self.answered(one, ago[days - 1])
            self.on(ago[days - 4], self.classify(one))
            self.on(ago[days - 5], self.change(one, status="in_progress"))
        granted, refused, held, filed, waits = found
        self.consent(granted, ago[12], answer=True)
        self.consent(refused, ago[12], answer=False)
        self.on(ago[9], self.change(held, legal_hold={"reason": WORDS["hold"]}))
        self.on(ago[8], lambda db: exporting.record(db, filed.by.id, filed.reference, "full"))
        self.on(ago[7], self.change(waits, status="awaiting_reporter"))
        self.on(ago[7], self.note(waits))
        self.on(ago[3], self.draft(held))
        self.on(ago[3], lambda db: links.add(db, held.by.id, held.reference, filed.reference))

    def recorded_now(self, ago: list[date]) -> None:
        """Cases that came by phone, by email and in person."""
        for days, raised, manner in (
            (3, "phone", "confidential"),
            (5, "email", "open"),
            (8, "in-person", "anonymous"),
            (13, "phone", "confidential"),
        ):
            one = self.opened(ago[days], raised=raised, confidentiality=manner)
            self.on(ago[days], self.change(one, status="acknowledged"))
            self.on(ago[days - 1], self.classify(one))
