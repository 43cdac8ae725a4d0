"""One emulator a session, found by nothing but these fixtures; its tests share a worker (tests/conftest.py)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.ports import Settings
from iam_watchdog_cli.lab import launch, stack, state
from tests.lab.account import Account


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.lab)


@pytest.fixture(scope="session", autouse=True)
def runtime_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep away from a lab that the developer runs."""
    path = tmp_path_factory.mktemp("runtime")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IAM_WATCHDOG_RUNTIME_DIR", str(path))
        yield path


@pytest.fixture(scope="session")
def lab(runtime_directory: Path) -> Iterator[state.Lab]:
    running, process = launch.start()
    yield running
    launch.stop(running, process)


@pytest.fixture(scope="session")
def account(lab: state.Lab) -> Account:
    return Account(lab)


@pytest.fixture(autouse=True)
def passing(request: pytest.FixtureRequest) -> Iterator[None]:
    """Functions that only lent their name to a session go with their test: a later sweep is not to find them mute."""
    yield
    if "account" in request.fixturenames:
        account: Account = request.getfixturevalue("account")
        while account.passing:
            account.client("lambda").delete_function(FunctionName=account.passing.pop())


@pytest.fixture(scope="session")
def reader(account: Account) -> AccountReader:
    """One for all: making clients costs more than all they read."""
    lab = account.lab
    clients = Clients(account.session(), lab.endpoint, lab.region, attempts=1)
    return AccountReader(clients, Settings(lab.account, lab.region))


@pytest.fixture(scope="session")
def outputs(lab: state.Lab, account: Account) -> dict[str, str]:
    """Our own stack in mode auto, deployed once; `verify` names the functions that may be re-invoked.

    The first sweep tells many findings in one digest: it is over before any test waits for a message of its own.
    """
    found = stack.deploy(lab, "auto", verify=("loop-mute", "loop-relapse", "loop-approved", "loop-together"))
    answer = account.client("lambda").invoke(FunctionName=found["SweepFunction"], Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    return found


@pytest.fixture
def deployed(lab: state.Lab, account: Account, outputs: dict[str, str]) -> Iterator[Account]:
    """The account with our stack, found by the commands without flags."""
    state.write(lab)
    yield account
    state.forget()
