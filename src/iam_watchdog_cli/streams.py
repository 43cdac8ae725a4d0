"""Standard input and output as people and pipes leave them: absent, binary, closed, ASCII, no terminal."""

from __future__ import annotations

import contextlib
import io
import os
import sys


def ready() -> None:
    """Make the three streams usable: `>&-` leaves none, and an ASCII terminal cannot show every sign."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - it lives as long as we do
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def given(longest: int) -> str:
    """What stands on standard input, whatever its bytes are."""
    return sys.stdin.buffer.read(longest).decode("utf-8", "replace")


def awaited(what: str) -> None:
    """Tell a person at a keyboard that we wait for them, and not they for us."""
    if sys.stdin.isatty():
        print(f"Reading {what}, from the keyboard; end with Ctrl-D.", file=sys.stderr)


def unread() -> None:
    """The reader of our output (head, less) has seen enough: what is left goes nowhere, also at the interpreter's end.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def coloured() -> bool:
    """Colour on a terminal only, and never where NO_COLOR is set (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def paint(text: str, code: str) -> str:
    """The text in colour where colour is wanted."""
    return f"\x1b[{code}m{text}\x1b[0m" if coloured() else text


def progress(words: str) -> None:
    """One line of standard error that the next one replaces; "" takes it away. Nothing where nobody watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{words}")
        sys.stderr.flush()
