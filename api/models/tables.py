"""All tables, whoever uses them: each module here registers its own when it is imported."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from sqlalchemy import MetaData

from api import models
from api.models.base import Base


def every() -> MetaData:
    """The tables of this version, all of them."""
    for one in iter_modules(models.__path__):
        import_module(f"{models.__name__}.{one.name}")
    return Base.metadata
