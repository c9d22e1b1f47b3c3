"""How a command of `wren` ends when something is in its way: with one sentence."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from api import config
from shared.errors import Invalid, WrenError


def plainly(command: Callable[..., Any]) -> Callable[..., Any]:
    """Refusals end the command with one sentence."""

    @wraps(command)
    def run(*args: Any, **values: Any) -> Any:
        try:
            return command(*args, **values)
        except Invalid as error:
            raise click.ClickException(_faults(error)) from None
        except WrenError as error:
            raise click.ClickException(error.detail) from None
        except config.ConfigError as error:
            raise click.ClickException(str(error)) from None
        except DBAPIError as error:
            what = getattr(error.orig, "sqlite_errorname", type(error.orig).__name__)
            text = (
                f"The database can't be used ({what}). Is its server away, or its disk full or "
                "read-only? If its tables are missing, run: wren init"
            )
            raise click.ClickException(text) from None
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{place}{error.strerror or 'failed'}") from None

    return run


def _faults(error: Invalid) -> str:
    named = [
        f"--{name.removesuffix('s')}: {' '.join(faults)}"
        for name, faults in error.errors.items()
        if isinstance(faults, list)
    ]
    return " ".join(named) or error.detail
