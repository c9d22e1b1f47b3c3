"""The first module that a command loads: what comes after it is not looked through for garbage.

What a program loads stays. To look through it again and again takes a seventh of the time of a
start; `api/cli.py` has it looked for again once all is loaded.
"""

import gc

gc.disable()
