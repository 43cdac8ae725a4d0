"""A function in the lab reaches the lab's endpoint alone and reads nothing of the lab's own (contract 8)."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from iam_watchdog_cli.lab import confined, landlock, own_tmp, state
from tests.lab.account import Account, allow

HOLDERS = [
    False,
    pytest.param(True, marks=pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")),
]
SHUT = ("PermissionError", "FileNotFoundError")
"""In a /tmp of one's own the lab's directory is not even there."""
TRIES = """
import ctypes, os, socket, subprocess, tempfile
def tried(what, *given):
    try:
        return ["done", str(what(*given))]
    except Exception as no:
        return [type(no).__name__, str(no)]
def read(path):
    with open(path) as file:
        return file.read()
def connect(host, port):
    with socket.create_connection((host, port), 5) as there:
        return there.getpeername()[1]
def datagram(host, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as some:
        return some.sendto(b"x", (host, port))
def listen(host):
    with socket.socket() as some:
        some.bind((host, 0))
        return some.getsockname()
def write(path):
    with open(path, "w") as file:
        file.write("x")
    return read(path)
def child(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout
def temporary():
    with tempfile.NamedTemporaryFile("w+") as file:
        return file.write("x")
"""
FUNCTION = (
    TRIES
    + """
import boto3
def handler(event, context):
    asked = {"files": (os.listdir, event["directory"]), "file": (read, event["file"]),
             "child": (child, "cat", event["file"]),
             "other": (connect, "127.0.0.1", event["port"]), "far": (connect, "lab.invalid", 443),
             "lab": (connect, "127.0.0.1", event["endpoint"]), "mail": (connect, "127.0.0.1", event["receiver"]),
             "datagram": (datagram, "127.0.0.1", event["port"]), "listen": (listen, "0.0.0.0"),
             "temporary": (temporary,), "tmp": (write, "/tmp/confined"), "home": (write, os.path.expanduser("~/own")),
             "own": (read, __file__), "boto3": (lambda: boto3.client("sts").get_caller_identity()["Arn"],)}
    return {name: tried(*what) for name, what in asked.items()}
"""
)


@contextmanager
def listening() -> Iterator[int]:
    """A server of somebody else on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_a_function_reaches_the_labs_endpoint_and_its_own_files_and_nothing_else(account: Account) -> None:
    lab = account.lab
    state.write(lab)
    account.function("confined", account.role("confined", allow("sts:*")), FUNCTION)
    with listening() as port:
        event = {
            "directory": str(state.directory()),
            "file": str(state.directory() / "lab.json"),
            "port": port,
            "endpoint": urlsplit(lab.endpoint).port,
            "receiver": urlsplit(lab.receiver).port,
        }
        found = account.invoke("confined", event)
    state.forget()
    assert {name for name, (how, _) in found.items() if how == "done"} - {"child", "tmp", "files"} == {
        *("lab", "temporary", "home", "own", "boto3")
    }
    assert found["boto3"][1].endswith(":assumed-role/confined/confined")
    assert lab.admin.secret_key not in json.dumps(found)
    assert found["file"][0] in SHUT
    assert "lab.json" not in found["files"][1]
    assert "the lab's endpoint alone" in found["other"][1]
    if landlock.version():
        assert found["child"] == ["done", ""]


def test_a_function_in_another_language_is_not_started(account: Account) -> None:
    account.function("confined-not", account.role("confined-not"), "def handler(e, c): return 1")
    functions = account.client("lambda")
    functions.update_function_configuration(FunctionName="confined-not", Runtime="nodejs22.x", Handler="app.handler")
    assert "Python alone" in json.dumps(account.invoke("confined-not"))


BEFORE = """
import os, sys
try:
    with open(os.environ["TARGET"]) as file:
        os.environ["STOLEN"] = file.read()
except OSError as no:
    os.environ["STOLEN"] = type(no).__name__
sys.path[:] = [path for path in sys.path if path not in ("", ".", os.getcwd())]
del sys.modules["json"]
import json
sys.modules["json"] = json
"""


def test_a_functions_own_variables_run_nothing_of_it_before_it_is_held(account: Account) -> None:
    """Python imports from PYTHONPATH, and the loader obeys LD_PRELOAD, before any code of ours."""
    lab = account.lab
    state.write(lab)
    own = {"PYTHONPATH": ".", "LD_LIBRARY_PATH": "/var/task/lib", "TARGET": str(state.directory() / "lab.json")}
    source = "import os\ndef handler(e, c): return {n: os.environ.get(n, '') for n in (*e, 'STOLEN')}"
    account.function("confined-late", account.role("confined-late"), source, wait=True, **own)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("app.py", source)
        packed.writestr("json.py", BEFORE)
    account.client("lambda").update_function_code(FunctionName="confined-late", ZipFile=archive.getvalue())
    found = account.invoke("confined-late", list(own))
    state.forget()
    assert found.pop("STOLEN") in ("", *SHUT)
    assert found == own, "it finds its variables all the same"


def ran(
    where: Path, kernel: bool, ports: list[int], expression: str, *, apart: bool = False, also: tuple[str, ...] = ()
) -> list[str]:
    """What an expression comes to in a confined process whose worker and home lie below `where`."""
    (where / "home").mkdir(parents=True)
    (where / "tmp").mkdir()
    worker = where / "worker.py"
    worker.write_text(f"{TRIES}\nimport json; print(json.dumps(tried(lambda: {expression})))")
    given = {"reads": [str(where), *also], "writes": [str(where / "home")], "ports": ports, "closed": str(where.parent)}
    given["tmp"] = str(where / "tmp") if apart else os.devnull
    command = [sys.executable, "-S", "-s", "-P", confined.__file__, json.dumps(given | {"kernel": kernel}), str(worker)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=where, env={})  # noqa: S603
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


@pytest.mark.parametrize("kernel", HOLDERS)
def test_what_is_listed_is_there(tmp_path: Path, kernel: bool) -> None:
    with listening() as port:
        assert ran(tmp_path / "a", kernel, [port], f"connect('localhost', {port})") == ["done", str(port)]
    own = tmp_path / "b" / "home" / "own"
    assert ran(tmp_path / "b", kernel, [], f"write({str(own)!r})") == ["done", "x"]
    assert ran(tmp_path / "c", kernel, [], "bool(__import__('ssl').create_default_context())") == ["done", "True"]


@pytest.mark.parametrize("kernel", HOLDERS)
def test_the_rest_of_the_labs_directory_is_shut(tmp_path: Path, kernel: bool) -> None:
    secret = tmp_path / "lab.json"
    secret.write_text("secret")
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "link").symlink_to(secret)
    for number, path in enumerate((secret, tmp_path / "x" / ".." / "lab.json", tmp_path / "x" / "link")):
        for spelt in (repr(str(path)), repr(str(path).encode())):
            assert ran(tmp_path / f"{number}{len(spelt)}", kernel, [], f"read({spelt})")[0] == "PermissionError"
    assert ran(tmp_path / "l", kernel, [], f"os.listdir({str(tmp_path)!r})")[0] == "PermissionError"


MOUNTS = (
    f"import sys; sys.path.append({str(Path(own_tmp.__file__).parent)!r}); import own_tmp as o; o.make('.', ()) or 1/0"
)


@pytest.mark.skipif(
    subprocess.run([sys.executable, "-c", MOUNTS], capture_output=True, check=False).returncode != 0,  # noqa: S603
    reason="nobody may mount anything here",
)
@pytest.mark.parametrize("kernel", HOLDERS)
def test_its_tmp_is_its_own_as_on_lambda(tmp_path: Path, kernel: bool) -> None:
    secret = tmp_path / "lab.json"
    secret.write_text("secret")
    name = f"/tmp/{tmp_path.name}{os.getpid()}"  # noqa: S108
    assert ran(tmp_path / "a", kernel, [], f"write({name!r})", apart=True) == ["done", "x"]
    assert (tmp_path / "a" / "tmp" / Path(name).name).read_text() == "x"
    assert not Path(name).exists()
    assert ran(tmp_path / "b", kernel, [], f"read({name!r})", apart=True)[0] in SHUT
    assert ran(tmp_path / "c", kernel, [], f"read({str(secret)!r})", apart=True)[0] in SHUT
    with tempfile.NamedTemporaryFile("w", suffix=".py", dir=own_tmp.TMP) as module:
        module.write("listed")
        module.flush()
        seen = ran(tmp_path / "d", kernel, [], f"read({module.name!r})", apart=True, also=(module.name,))
    assert seen == ["done", "listed"], "a checkout in /tmp, and a package that is one file"


@pytest.mark.parametrize("kernel", HOLDERS)
@pytest.mark.parametrize(
    "expression",
    [
        "connect('127.0.0.1', {port})",
        "connect('::1', {port})",
        "connect('lab.invalid', {port})",
        "socket.gethostbyname('lab.invalid')",
        "datagram('127.0.0.1', {port})",
        "listen('127.0.0.1')",
        "listen('0.0.0.0')",
        "socket.socket(socket.AF_UNIX).connect('/run/some.sock')",
    ],
)
def test_no_other_address_is_reached(tmp_path: Path, kernel: bool, expression: str) -> None:
    with listening() as port:
        how, why = ran(tmp_path / "a", kernel, [1], expression.format(port=port))
    assert (how, "the lab's endpoint alone" in why) == ("ConnectionRefusedError", True)


@pytest.mark.skipif(landlock.version() < 6, reason="this kernel's Landlock does not know all of it")
def test_the_kernel_holds_native_code_and_children(tmp_path: Path) -> None:
    secret = tmp_path / "lab.json"
    secret.write_text("secret")
    assert ran(tmp_path / "a", True, [], f"child('cat', {str(secret)!r})") == ["done", ""]
    assert ran(tmp_path / "b", True, [], "child('echo', 'x')") == ["done", "x\n"]
    assert ran(tmp_path / "c", True, [], f"ctypes.CDLL(None).open({str(secret).encode()!r}, 0)") == ["done", "-1"]
    assert ran(tmp_path / "d", True, [], "os.kill(os.getppid(), 0)")[0] == "PermissionError"
    with listening() as port:
        dialled = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5); print('there')"
        call = f"child({sys.executable!r}, '-S', '-c', {dialled!r})"
        assert ran(tmp_path / "e", True, [], call) == ["done", ""]
        assert ran(tmp_path / "f", True, [port], call) == ["done", "there\n"]


def test_it_is_said_what_holds() -> None:
    assert "accidents" in confined.held(0)
    assert "TCP" not in confined.held(3)
    assert "files and TCP" in confined.held(4)
