"""`python -m packing phone|desktop`: stages and checks the app's packages; see docs/phone.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from packing import alone, manifest, stage


def say(text: str) -> None:
    """A line for who called."""
    sys.stdout.write(f"{text}\n")


def phone() -> None:
    """Stages `build/phone/` and checks it; ends with 1 and what is wrong, if anything is."""
    staged = stage.stage()
    say(f"{staged.phone}: {staged.files} files, {staged.size:,} bytes")
    wrong = [f"imports what the phone has not: {one}" for one in alone.foreign(staged.phone)]
    wrong += [f"from elsewhere: {one}" for one in alone.starts(staged.phone)]
    say("It starts alone: its first frame was drawn, and every module was imported.")
    with tempfile.TemporaryDirectory(prefix="wren-manifest-") as work:
        dist = manifest.render(staged.spec, Path(work))
        wrong += manifest.faults(dist)
        made = (dist / "src/main/AndroidManifest.xml").read_text("utf-8")
    (staged.spec.parent / "AndroidManifest.xml").write_text(made, "utf-8")
    say("buildozer reads the spec, and python-for-android packs it up to its compilers:")
    say(f"{staged.spec.parent / 'AndroidManifest.xml'} asks for the network and nothing else.")
    if wrong:
        raise SystemExit("\n".join(wrong))


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(prog="python -m packing", description=__doc__)
    parser.add_argument("what", choices=["phone", "desktop"])
    if parser.parse_args().what == "phone":
        phone()
    else:
        from packing import desktop

        desktop.build()


if __name__ == "__main__":
    main()
