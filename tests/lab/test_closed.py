"""The lab is closed (contract 8): no well-known keys, no foreign Host or Origin, no back door, loopback only."""

from __future__ import annotations

import http.client
import os
import stat
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from iam_watchdog_cli.lab import gate, launch, state
from tests.lab.account import Account, until


def ask(lab: state.Lab, path: str = "/", method: str = "GET", **headers: str) -> tuple[int, dict[str, str]]:
    address = urlsplit(lab.endpoint)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders())


@pytest.mark.parametrize("key", ["test", "123456789012", "111122223333", "AKIAIOSFODNN7EXAMPLE"])
def test_no_well_known_key_opens_anything(lab: state.Lab, key: str) -> None:
    session = boto3.Session(key, lab.admin.secret_key, region_name=lab.region)
    for service, call in (("iam", "list_roles"), ("s3", "list_buckets"), ("sts", "get_caller_identity")):
        with pytest.raises(ClientError):
            getattr(session.client(service, endpoint_url=lab.endpoint), call)()  # type: ignore[call-overload]


def test_the_admin_key_needs_its_secret(lab: state.Lab) -> None:
    session = boto3.Session(lab.admin.access_key, "wrong", region_name=lab.region)
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        session.client("iam", endpoint_url=lab.endpoint).list_roles()


def test_each_lab_has_a_key_of_its_own(lab: state.Lab) -> None:
    from iam_watchdog_cli.lab import keys

    assert keys.fresh() != keys.fresh()
    assert lab.admin.secret_key not in repr(lab)


def test_unsigned_requests_are_refused(account: Account, lab: state.Lab) -> None:
    account.client("s3").create_bucket(Bucket="closed-bucket")
    assert ask(lab, "/closed-bucket")[0] == 403
    assert ask(lab, "/", "POST")[0] == 403


@pytest.mark.parametrize(
    "header",
    [
        "x",
        "AWS4-HMAC-SHA256 Credential=/20260101/us-east-1/iam/aws4_request",
        "AWS test:signature",
    ],
)
def test_an_authorization_that_names_no_key_is_none(lab: state.Lab, header: str) -> None:
    assert ask(lab, "/?Action=ListRoles&Version=2010-05-08", Authorization=header)[0] == 403


def test_a_second_credential_cannot_stand_beside_the_first(lab: state.Lab) -> None:
    header = f"AWS4-HMAC-SHA256 Credential={lab.admin.access_key}/20260101/us-east-1/iam/aws4_request"
    assert ask(lab, "/?Action=ListRoles&X-Amz-Credential=test/x", Authorization=header)[0] == 403
    assert ask(lab, "/?Action=ListRoles", Authorization=f"{header}, Credential=test/x")[0] == 403
    assert ask(lab, "/?Action=ListRoles", Authorization=f"{header}, SignedHeaders=host, Signature=00")[0] in (400, 403)


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1", "169.254.169.254", ""])
def test_a_foreign_host_is_refused(lab: state.Lab, host: str) -> None:
    assert ask(lab, "/_aws/lambda-url/none/", Host=host)[0] == 403
    assert ask(lab, "/_aws/lambda-url/none/")[0] == 404


def test_a_function_url_answers_by_its_own_host_as_by_its_path_and_nothing_else_does(
    account: Account, outputs: dict[str, str]
) -> None:
    lab, url = account.lab, str(urlsplit(outputs["ApproveUrl"]).hostname)
    name, port = url.removesuffix(".on.aws"), urlsplit(lab.endpoint).port
    assert ask(lab, "/", Host=f"{name}.localhost:{port}")[0] == ask(lab, f"/_aws/lambda-url/{url[:32]}/")[0] == 400
    assert ask(lab, "/_ministack/health", Host=f"{name}.localhost:{port}")[0] == 400, "the function's own path"
    assert ask(lab, "/", Host=f"{'a' * 32}.lambda-url.us-east-1.localhost:{port}")[0] == 404
    for host in (url, f"{url}:{port}", f"{name}.evil.example:{port}", f"{name}.localhost", f"x.localhost:{port}"):
        assert ask(lab, "/", Host=host)[0] == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1", "http://localhost"])
def test_a_foreign_origin_is_refused(lab: state.Lab, origin: str) -> None:
    assert ask(lab, "/_aws/lambda-url/none/", Origin=origin)[0] == 403
    assert ask(lab, "/_aws/lambda-url/none/", Origin=lab.endpoint)[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/_ministack/health",
        "/_ministack/reset",
        "/_ministack/config",
        "/_ministack/rds/iam-auth",
        "/_localstack/health",
        "/_aws/sqs/messages",
        "/_aws/ses",
        "/health",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_emulators_own_pages_are_closed(lab: state.Lab, path: str, method: str) -> None:
    assert ask(lab, path, method, Authorization="AWS4-HMAC-SHA256 x")[0] == 403


def test_no_browser_is_invited(account: Account, lab: state.Lab) -> None:
    assert ask(lab, "/", "OPTIONS", Authorization="x")[0] == 403
    signed = "AWS4-HMAC-SHA256 Credential=AKIAAAAAAAAAAAAAAAAA/20260101/us-east-1/s3/aws4_request"
    status, headers = ask(lab, "/", Authorization=signed)
    assert status >= 400
    assert not [name for name in headers if name.lower().startswith("access-control")]


def test_the_mailbox_and_slack_are_as_closed(lab: state.Lab) -> None:
    receiver = urlsplit(lab.receiver)
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        connection = http.client.HTTPConnection(str(receiver.hostname), receiver.port, timeout=5)
        connection.request("POST", f"/sns/{lab.slack.hook}", body=b"{}", headers=headers)
        assert connection.getresponse().status == 403
        connection.close()
    for path in ("/sns/guess", "/services/T/B/guess", "/lab/ratelimit"):
        connection = http.client.HTTPConnection(str(receiver.hostname), receiver.port, timeout=5)
        connection.request("POST", path, body=b'{"times": 1}')
        assert connection.getresponse().status == 404
        connection.close()


def test_nothing_listens_outside_loopback(account: Account, lab: state.Lab) -> None:
    account.client("sns").list_topics()
    inodes = {
        os.readlink(link)
        for link in Path(f"/proc/{lab.pid}/fd").iterdir()
        if link.is_symlink() and os.readlink(link).startswith("socket:")
    }
    listening = [
        fields[1]
        for table in ("tcp", "tcp6")
        for fields in map(str.split, Path(f"/proc/{lab.pid}/net/{table}").read_text().splitlines()[1:])
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes
    ]
    assert len(listening) == 2
    assert {address.split(":")[0] for address in listening} == {"0100007F"}


def test_the_process_sees_nothing_of_this_machines_environment(lab: state.Lab) -> None:
    seen = Path(f"/proc/{lab.pid}/environ").read_bytes().decode().split("\0")
    names = {pair.split("=", 1)[0] for pair in seen if pair}
    assert names <= set(launch.environment(Path(lab.home)))
    assert lab.admin.secret_key not in "".join(seen)


def test_the_labs_directory_is_of_this_user_alone(lab: state.Lab, runtime_directory: Path) -> None:
    for path in (state.directory(), Path(lab.home)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    state.write(lab)
    assert stat.S_IMODE((state.directory() / "lab.json").stat().st_mode) == 0o600
    assert state.read() == lab
    state.forget()
    assert state.read() is None


def test_a_directory_that_others_may_enter_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IAM_WATCHDOG_RUNTIME_DIR", str(tmp_path))
    state.directory().chmod(0o755)
    with pytest.raises(PermissionError, match="this user alone"):
        state.directory()


def test_a_directory_that_is_named_and_not_there_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IAM_WATCHDOG_RUNTIME_DIR", str(tmp_path / "not" / "yet"))
    assert state.read() is None
    assert stat.S_IMODE((state.directory()).stat().st_mode) == 0o700


def test_one_that_cannot_be_made_is_said_and_no_lab_is_found_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("IAM_WATCHDOG_RUNTIME_DIR", str(tmp_path / "file"))
    with pytest.raises(PermissionError, match="cannot be made .* IAM_WATCHDOG_RUNTIME_DIR"):
        state.directory()
    assert state.read() is None


def test_a_foreign_process_under_the_same_number_is_left_alone() -> None:
    with subprocess.Popen(["sleep", "30"]) as other:  # noqa: S603, S607
        assert not launch.ours(other.pid)
        other.kill()


def test_the_lab_ends_with_whoever_started_it_and_leaves_nothing(runtime_directory: Path) -> None:
    running, process = launch.start()
    assert process.stdin
    process.stdin.close()
    assert process.wait(timeout=10) == 0
    launch.stop(running, process)
    assert not Path(running.home).exists()
    assert not state.alive(running.pid)


def test_a_function_that_is_running_when_the_lab_ends_ends_with_it(runtime_directory: Path) -> None:
    """It would wait for an answer of nobody, with the owner of the lab long gone."""
    running, process = launch.start()
    account = Account(running)
    account.function("sleeper", account.role("sleeper"), "import time\ndef handler(e, c): time.sleep(60)")
    account.client("lambda").invoke(FunctionName="sleeper", InvocationType="Event")
    assert until(lambda: _of_group(running.pid) - {running.pid}, seconds=20)
    time.sleep(2)  # A worker that has not got its event yet ends with its pipe.
    launch.stop(running, process)
    assert until(lambda: not _of_group(running.pid), seconds=5)


def _of_group(group: int) -> set[int]:
    shown = subprocess.run(["ps", "-e", "-o", "pid=,pgid="], capture_output=True, text=True, check=True)  # noqa: S607
    rows = (row.split() for row in shown.stdout.splitlines())
    return {int(pid) for pid, of in rows if int(of) == group}


def test_what_a_killed_lab_kept_is_removed_with_its_state(runtime_directory: Path) -> None:
    running, process = launch.start()
    state.write(running)
    state.forget()
    assert Path(running.home).exists(), "a living lab keeps its own"
    state.write(running)
    process.kill()
    process.wait(timeout=10)
    assert state.read() is None
    state.forget()
    assert not Path(running.home).exists()
    launch.stop(running, process)


def test_the_hosts_are_loopback_names() -> None:
    assert gate.hosts(1) == {"127.0.0.1:1", "localhost:1"}
