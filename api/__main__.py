"""`python -m api` is `wren`."""

from api.cli import main

main()
