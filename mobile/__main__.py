"""`python -m mobile [--address URL or QR text] [--data DIR]`: the app in a window."""

from __future__ import annotations

import argparse
import os

from mobile.main import start


def main() -> None:
    """Reads the command line, WREN_ADDRESS and WREN_APP_DATA, and runs the app."""
    parser = argparse.ArgumentParser(prog="wren app", description=__doc__)
    parser.add_argument(
        "--address",
        default=os.environ.get("WREN_ADDRESS", ""),
        help="the organisation's address, or the text of its QR code (or set WREN_ADDRESS)",
    )
    parser.add_argument(
        "--data",
        default=os.environ.get("WREN_APP_DATA", ""),
        help="the directory for what is kept (or set WREN_APP_DATA)",
    )
    given = parser.parse_args()
    start(given.address, given.data)


if __name__ == "__main__":
    main()
