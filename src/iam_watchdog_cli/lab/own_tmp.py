"""Gives this process and its children a /tmp of their own, as every function on Lambda has one.

Started like landlock.py: with the standard library alone, before any code of the function.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

TMP = "/tmp"  # noqa: S108 - the name that functions use
_BIND, _RECURSIVE, _PRIVATE = 1 << 12, 1 << 14, 1 << 18
"""Flags of mount(2): https://man7.org/linux/man-pages/man2/mount.2.html"""


def within(path: str) -> bool:
    """Tell whether this lies in the machine's /tmp."""
    return Path(path).is_relative_to(TMP)


def make(where: str, keep: Iterable[str]) -> bool:
    """Put `where` in the place of /tmp, with `keep` (real paths) at its old places; False: that is not allowed here."""
    try:
        _apart()
        _mount("none", "/", _RECURSIVE | _PRIVATE)
        for path in filter(within, keep):
            _keep(path, where + path.removeprefix(TMP))
        _mount(where, TMP, _BIND | _RECURSIVE)
    except (ImportError, OSError):
        return False
    return True


def _keep(path: str, place: str) -> None:
    """Let a directory, or one file such as a module, be seen at its old place; what is not there needs none."""
    if os.path.isdir(path):
        os.makedirs(place, exist_ok=True)
    elif os.path.isfile(path):
        os.makedirs(os.path.dirname(place), exist_ok=True)
        Path(place).touch()
    else:
        return
    _mount(path, place, _BIND)


def _apart() -> None:
    """Mounts of one's own: for root at once, for others as root of users of one's own, who is oneself outside."""
    if not hasattr(os, "unshare"):
        raise OSError("no namespaces here")
    user, group = os.getuid(), os.getgid()
    try:
        os.unshare(os.CLONE_NEWNS)
    except PermissionError:
        os.unshare(os.CLONE_NEWNS | os.CLONE_NEWUSER)
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path("/proc/self", name).write_text(text)


def _mount(what: str, place: str, flags: int) -> None:
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if library.mount(what.encode(), place.encode(), None, ctypes.c_ulong(flags), None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
