"""Runs a function's worker so that it reaches the lab's endpoint alone and reads neither the lab's files nor yours.

Started by file, before anything of the function: `confined.py SPECIFICATION WORKER`. Where the kernel has Landlock it
holds files and TCP, also for native code and child processes. An audit hook holds what is left (names, datagrams,
other sockets) and, without Landlock, all of it, but only for Python code that does not mean to get round it.
https://docs.python.org/3/library/audit_events.html
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SYSTEM = (
    *("/usr", "/bin", "/lib", "/lib64", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/alternatives"),
    *("/etc/ld.so.cache", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/gai.conf"),
    *("/etc/localtime", "/etc/timezone", "/etc/mime.types", "/etc/services", "/etc/protocols", "/etc/passwd"),
    *("/etc/group", "/etc/os-release", "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat"),
    *("/sys/devices/system/cpu", "/dev/urandom", "/dev/random", "/dev/zero"),
)
"""What any program reads; the interpreter, its packages and the function's own code come on top."""
DEVICES = ("/dev/null",)


def held(version: int) -> str:
    """Say what holds a function here, by the version of Landlock's interface (0: there is none)."""
    if not version:
        return "an audit hook of Python alone (no Landlock here): enough against accidents, not against intent"
    network = "files and TCP connections" if version >= 4 else "files"
    return f"Landlock ({network}) and an audit hook for the rest of the network"


def main() -> None:
    """Confine this process, then be the worker."""
    specification, worker = sys.argv[1:3]
    sys.argv[:] = [worker]
    given = json.loads(specification)
    later = given.pop("later", {})
    confine(**given)
    os.environ.update(later)
    sys.path[:0] = [path for path in later.get("PYTHONPATH", "").split(os.pathsep) if path]
    with open(worker) as file:
        source = file.read()
    exec(compile(source, worker, "exec"), {"__name__": "__main__"})  # noqa: S102 - the emulator's own script


def confine(
    reads: list[str], writes: list[str], ports: list[int], closed: str, tmp: str, *, kernel: bool = True
) -> None:
    """Hold this process. closed: the directory that is shut where only the hook holds; tmp: what is to be its /tmp;
    kernel: Landlock, if there."""
    landlock, own_tmp = _beside("landlock"), _beside("own_tmp")
    base = os.path.realpath(sys.base_prefix)
    if own_tmp.make(tmp, (*reads, *writes, base)) or not own_tmp.within(closed):
        writes = [*writes, own_tmp.TMP]
    version = landlock.restrict([*SYSTEM, base, *reads], [*writes, *DEVICES], ports) if kernel else 0
    checks = _network(frozenset(ports))
    if not version:
        checks |= dict.fromkeys(("open", "os.listdir", "os.scandir"), _files(closed, (*reads, *writes)))

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        check = checks.get(event)
        if check is not None:
            check(arguments)

    sys.addaudithook(hook)


def _beside(name: str) -> Any:
    """A module beside us, found without a search path and under no name that a function could meet."""
    spec = spec_from_file_location(f"_{name}", os.path.join(os.path.dirname(__file__), f"{name}.py"))
    if spec is None or spec.loader is None:
        raise ImportError(f"{name}.py is not beside us")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


type Check = Callable[[tuple[Any, ...]], None]


def _network(ports: frozenset[int]) -> dict[str, Check]:
    def refuse(what: object) -> None:
        words = f"a function in the lab reaches the lab's endpoint alone: {what}"
        raise ConnectionRefusedError(errno.ECONNREFUSED, words)

    def reach(arguments: tuple[Any, ...]) -> None:
        to = arguments[1]
        if to is not None and not (isinstance(to, tuple) and to[0] in LOOPBACK and to[1] in ports):
            refuse(to)

    def name(arguments: tuple[Any, ...]) -> None:
        host = arguments[0].decode("latin-1") if isinstance(arguments[0], bytes) else arguments[0]
        if host and host not in LOOPBACK:
            refuse(host)

    named = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
    told = ("socket.connect", "socket.sendto", "socket.sendmsg")
    return dict.fromkeys(named, name) | dict.fromkeys(told, reach) | {"socket.bind": reach}


def _files(closed: str, open_: tuple[str, ...]) -> Check:
    shut, own = os.path.realpath(closed), tuple(map(os.path.realpath, open_))

    def within(path: str, places: tuple[str, ...]) -> bool:
        return any(path == place or path.startswith(place + os.sep) for place in places)

    def check(arguments: tuple[Any, ...]) -> None:
        path = arguments[0]
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if isinstance(path, str):
            real = os.path.realpath(path)
            if within(real, (shut,)) and not within(real, own):
                raise PermissionError(errno.EACCES, "a function in the lab reads nothing of the lab's own", path)

    return check


if __name__ == "__main__":
    main()
