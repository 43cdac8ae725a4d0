"""One emulator a session, found by nothing but these fixtures; all its tests in one xdist group."""

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
            item.add_marker(pytest.mark.xdist_group("lab"))


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


@pytest.fixture(scope="session")
def reader(account: Account) -> AccountReader:
    """One for all: making clients costs more than all they read."""
    lab = account.lab
    clients = Clients(account.session(), lab.endpoint, lab.region, attempts=1)
    return AccountReader(clients, Settings(lab.account, lab.region))


@pytest.fixture(scope="session")
def outputs(lab: state.Lab) -> dict[str, str]:
    """Our own stack in mode auto, deployed once; `verify` names the functions that may be re-invoked."""
    return stack.deploy(lab, "auto", verify=("loop-mute", "loop-relapse", "loop-approved"))


@pytest.fixture
def deployed(lab: state.Lab, account: Account, outputs: dict[str, str]) -> Iterator[Account]:
    """The account with our stack, found by the commands without flags."""
    state.write(lab)
    yield account
    state.forget()
