"""How far long work is: a line that is written over, on a terminal or in a notebook."""

import sys as _sys
import time as _time

# Work shorter than this says nothing.
_SILENT = 1.0
# How often the line changes at most.
_PERIOD = 0.2


def _notebook():
    """IPython's display, where a kernel shows it; none elsewhere."""
    ipython = _sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    return display


class Progress:
    """Says how far ``what`` is, and takes the line away when it is done.

    ``wanted`` is None for terminals and notebooks alone, True for everywhere (one line each change), False for nowhere.
    """

    def __init__(self, what, wanted=None):
        self._what = what
        self._display = _notebook() if wanted is not False else None
        self._on_terminal = wanted is not False and self._display is None and _sys.stderr is not None and _sys.stderr.isatty()
        self._plain = wanted is True and self._display is None and not self._on_terminal
        self._begun = self._last = _time.monotonic()
        self._silent = 0.0 if wanted is True else _SILENT
        self._handle = None
        self._shown = False

    def listener(self, words):
        """What the work calls with its news, of which ``words`` makes a line; none where nobody looks."""
        if self._display is None and not self._on_terminal and not self._plain:
            return None

        def heard(*news):
            now = _time.monotonic()
            if now - self._begun < self._silent or (self._shown and now - self._last < _PERIOD):
                return
            self._last = now
            self._say(f"spanwise {self._what}: {words(*news)} ({now - self._begun:.0f} s)")

        return heard

    def _say(self, line):
        self._shown = True
        if self._plain:
            print(line, file=_sys.stderr)
        elif self._on_terminal:
            print(f"\r\x1b[K{line}", end="", file=_sys.stderr, flush=True)
        elif self._handle is None:
            self._handle = self._display({"text/plain": line}, raw=True, display_id=True)
        else:
            self._handle.update({"text/plain": line}, raw=True)

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        if self._handle is not None:
            self._handle.update({"text/plain": ""}, raw=True)
        elif self._on_terminal and self._shown:
            print("\r\x1b[K", end="", file=_sys.stderr, flush=True)
