"""Stands before a package of the development that no deployment has, and is not there either.

`jsonschema` loads it wherever it is installed, and it compiles a grammar for two seconds: in each
process of the tests, and again in each server that they start. The tests put this directory
first on Python's path (pyproject.toml, and tests/environ.py).
"""

raise ImportError("It is not in locks/server.txt.")
