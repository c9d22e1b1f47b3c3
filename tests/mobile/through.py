"""`python -m tests.mobile.through ADDRESS PROXY DIR`: the app's engine, watched by its own Python.

Connects, reports, comes back, writes, and asks for news. Prints as JSON what was achieved, and
every place that a socket was to reach or a name that was to be looked up meanwhile. The hook is
there before anything else is imported and can't be taken away (PEP 578).
"""

from __future__ import annotations

import sys

TARGETS: list[list[object]] = []
WATCHED = (
    "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr",
    "socket.getnameinfo", "socket.sendto", "socket.sendmsg", "subprocess.Popen", "os.system",
    "os.exec", "os.posix_spawn",
)  # fmt: skip


def watch(event: str, args: tuple[object, ...]) -> None:
    if event in WATCHED:
        where = args[1] if event in ("socket.connect", "socket.sendto", "socket.sendmsg") else args
        TARGETS.append([event, repr(where)])


sys.addaudithook(watch)

import json  # noqa: E402
from pathlib import Path  # noqa: E402


def main() -> None:
    from mobile.draft import Draft
    from mobile.guide import Guide
    from mobile.news import Line
    from mobile.organisation import Organisation
    from mobile.outbox import Answers, Outbox
    from mobile.pace import Pace
    from mobile.store import Memory
    from shared.errors import WrenError

    address, proxy, where = sys.argv[1:4]
    guide, done = Guide(Path(where)), []
    guide.proxy = proxy
    told = ""
    try:
        organisation = Organisation(address, guide)
        organisation.connect()
        done.append("connected")
        outbox = Outbox(
            Memory(), organisation, Organisation, pace=Pace(chance=lambda low, _high: low / 1000)
        )
        for story in ("An invented story.", "Another one."):
            draft = Draft(story=story, desk="guardian")
            name = outbox.put_report(Answers.of(draft))
            while outbox.next_due() is not None:
                outbox.send_due()
            item = outbox.item(name)
            if item is None or item.state != "sent":
                raise RuntimeError(item)
            done.append("reported")
        talk = outbox.open(item.words)
        talk.write("A message.")
        done.append(talk.flush().items[-1].state)
        talk.sign_out()
        line = Line(item.words, organisation)
        line.ask()
        line.close()
        done.append("news")
    except WrenError as error:
        told = error.code
    print(json.dumps({"done": done, "told": told, "targets": TARGETS}))


if __name__ == "__main__":
    main()
