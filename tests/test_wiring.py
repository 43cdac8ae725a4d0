"""The environment is checked at cold start: a wrong value names its variable and the remedy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from iam_watchdog import wiring
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.ports import Mode
from iam_watchdog.wiring import Environment, Misconfigured, settings

GIVEN = {"AWS_REGION": "eu-west-1", "WATCHDOG_ACCOUNT": "111122223333"}


def made(**other: str) -> Environment:
    return Environment(GIVEN | {f"WATCHDOG_{name}": value for name, value in other.items()})


def test_the_least_environment_proposes_only() -> None:
    found = settings(made())
    assert (found.mode, found.approvals, found.allow_listed, found.waits[0]) == (Mode.PROPOSE, False, {}, 5)


def test_lists_and_numbers_are_read() -> None:
    basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    found = settings(
        made(
            MODE="auto",
            APPROVERS="U1, U2,",
            SLACK_SECRET="arn:s",
            ALLOW_LISTED=f"{basic},arn:aws:iam::111122223333:policy/p=abc",
            VERIFY_SCHEDULE="1,2",
            VERIFY_GAP="3",
            ALLOW_STACK_ROLES="true",
        )
    )
    assert (found.mode, found.approvers, found.approvals) == (Mode.AUTO, ("U1", "U2"), True)
    assert (found.waits, found.gap, found.allow_stack_roles) == ((1, 2), 3, True)
    assert len(found.allow_listed[basic]) == 64
    assert found.allow_listed["arn:aws:iam::111122223333:policy/p"] == "abc"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("MODE", "yolo", "WATCHDOG_MODE is 'yolo'; it takes propose or auto"),
        ("VERIFY_SCHEDULE", "5,soon", "WATCHDOG_VERIFY_SCHEDULE is '5,soon'"),
        ("ALLOW_STACK_ROLES", "1", "WATCHDOG_ALLOW_STACK_ROLES is '1'"),
        ("ALLOW_LISTED", "arn:aws:iam::aws:policy/AdministratorAccess", "no reviewed document"),
    ],
)
def test_a_wrong_value_names_its_variable(name: str, value: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        settings(made(**{name: value}))


def test_a_missing_account_names_the_template() -> None:
    with pytest.raises(Misconfigured, match="WATCHDOG_ACCOUNT is not set"):
        settings(Environment({"AWS_REGION": "eu-west-1"}))


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An environment, and nothing that was made in another one."""
    given = {"AWS_REGION": "eu-west-1", "WATCHDOG_ACCOUNT": "111122223333", "WATCHDOG_TABLE": "t"}
    given |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    given |= {f"WATCHDOG_{name}_QUEUE": "https://sqs/q" for name in ("DENIALS", "STEPS", "TRIALS")}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    cached = (wiring.configured, wiring.clients, wiring.clock)
    for each in cached:
        each.cache_clear()
    yield
    for each in cached:
        each.cache_clear()


@pytest.mark.usefixtures("deployed")
def test_each_sweep_surveys_anew() -> None:
    """A warm container would otherwise judge new functions by roles that it read an hour ago."""
    assert wiring.sweeping().surveyor is not wiring.sweeping().surveyor


@pytest.mark.usefixtures("deployed")
def test_each_step_that_changes_something_reads_anew() -> None:
    """What is believed for a while was read within the step then: a warm container believes nothing else."""
    first, second = wiring.writing().reader, wiring.writing().reader
    assert isinstance(first, AccountReader)
    assert isinstance(second, AccountReader)
    assert first.account is not second.account
