"""`python -m mobile [--address URL or QR text]`: the app in a window of a phone's size."""

from __future__ import annotations

import argparse
import os

from mobile.main import start


def main() -> None:
    """Reads the address from the command line or WREN_ADDRESS, and runs the app."""
    parser = argparse.ArgumentParser(prog="wren app", description=__doc__)
    parser.add_argument(
        "--address",
        default=os.environ.get("WREN_ADDRESS", ""),
        help="the organisation's address, or the text of its QR code (or set WREN_ADDRESS)",
    )
    start(parser.parse_args().address)


if __name__ == "__main__":
    main()
