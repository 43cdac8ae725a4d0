"""Linux's Landlock: this process reads only what is listed and connects to listed TCP ports; no privilege needed.

Functions start it before their own code, without our packages: it needs the standard library alone.
https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterable

_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""System calls, the same on every architecture."""
_VERSION, _PATH, _PORT = 1, 1, 2
_NO_NEW_PRIVILEGES = 38
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE, IOCTL = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
CONNECT = 1 << 1
READING = EXECUTE | READ_FILE | READ_DIR
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL
_FILES = ((5, 16), (3, 15), (2, 14), (1, 13))
"""From this version of the interface on, so many rights of the file system are known."""
_NETWORK, _SCOPES = 4, 6
"""The versions that know TCP, and other processes' signals and abstract sockets."""


def version() -> int:
    """Version of the kernel's interface; 0: it has none, or not for us."""
    if sys.platform != "linux":
        return 0
    try:
        return max(0, _call(_CREATE, None, 0, _VERSION))
    except (ImportError, OSError):
        return 0


def restrict(reads: Iterable[str], writes: Iterable[str], ports: Iterable[int]) -> int:
    """Hold this process and its children for good; the version used, 0 if nothing holds. Binding no port at all."""
    known = version()
    if not known:
        return 0
    handled = (1 << next(bits for least, bits in _FILES if known >= least)) - 1
    network, scoped = (0b11 if known >= _NETWORK else 0), (0b11 if known >= _SCOPES else 0)
    fields = (handled, network, scoped)[: 1 + (known >= _NETWORK) + (known >= _SCOPES)]
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    rules = _call(_CREATE, attributes, len(attributes), 0)
    for path in reads:
        _path(rules, path, READING & handled)
    for path in writes:
        _path(rules, path, handled)
    for port in ports if network else ():
        _call(_ADD, rules, _PORT, struct.pack("=QQ", CONNECT, port), 0)
    _prctl(_NO_NEW_PRIVILEGES)
    _call(_RESTRICT, rules, 0)
    os.close(rules)
    return known


def _path(rules: int, path: str, rights: int) -> None:
    """Allow what lies there; what is not there needs no right."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights &= ~0 if os.path.isdir(path) else OF_A_FILE
        _call(_ADD, rules, _PATH, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)


def _call(number: int, *arguments: int | bytes | None) -> int:
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    answer = int(library.syscall(ctypes.c_long(number), *map(_argument, arguments)))
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


def _prctl(option: int) -> None:
    import ctypes

    if ctypes.CDLL(None, use_errno=True).prctl(option, *map(ctypes.c_ulong, (1, 0, 0, 0))):
        raise OSError(ctypes.get_errno(), "no_new_privs")


def _argument(value: int | bytes | None) -> object:
    """Every argument as wide as a register: a plain int would be passed as 32 bits."""
    import ctypes

    return ctypes.c_long(value) if isinstance(value, int) else ctypes.c_char_p(value)
