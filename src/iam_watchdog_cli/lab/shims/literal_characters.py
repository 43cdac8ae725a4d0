"""Reads `${*}`, `${?}` and `${$}` in a policy as the characters themselves; the emulator knows no policy variables.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
"""

from __future__ import annotations

import re

_PIECE = re.compile(r"\$\{([*?$])\}|([*?])|(.)", re.DOTALL)
_WILD = {"*": ".*", "?": "."}
_compiled: dict[tuple[str, bool], re.Pattern[str]] = {}


def install() -> None:
    """Compile every pattern anew; the emulator asks for it on each match."""
    from ministack.core import iam_evaluator

    iam_evaluator._fnmatch_compile = compiled


def compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    """The pattern as the emulator compiles it, but for the three; remembered."""
    key = (pattern, ignore_case)
    if key not in _compiled:
        pieces = (re.escape(escaped or plain) if not wild else _WILD[wild] for escaped, wild, plain in _read(pattern))
        _compiled[key] = re.compile(f"^{''.join(pieces)}$", re.IGNORECASE if ignore_case else 0)
    return _compiled[key]


def _read(pattern: str) -> list[tuple[str, str, str]]:
    return _PIECE.findall(pattern)
