"""Groups on a real table's semantics: who leads, who stands in the list, for how long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import pytest
from moto import mock_aws

from iam_watchdog.aws.facts import TableFacts
from iam_watchdog.aws.groups import TableGroups
from iam_watchdog.model import Answer, Finding, Incident, Layer, Role, Shown
from iam_watchdog.ports import CannotWrite
from tests.fakes import FakeClock
from tests.report.incidents import denial, diagnosis, proposed, verdict

TABLE = "incidents"
TEN = datetime(2026, 11, 23, 10, 5, tzinfo=UTC)


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> Iterator[TableGroups]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
        )
        yield TableGroups(TableFacts(client, TABLE, FakeClock(TEN)))


def met(groups: TableGroups, function: str, finding: Finding, role: str = "role/shared") -> Incident:
    (opened,) = groups.facts.record([denial(function=function, event_id=f"{function}-1")])
    said = verdict(answer=Answer.EXPLICIT, layers={finding.layer: Answer.EXPLICIT}, deciding=(finding,), near=())
    found = diagnosis(rule="explicit_deny", layer=finding.layer, verdict=said)
    return groups.facts.add(opened, proposed(found, plan=None, proof=None, plan_hash="", role=Role(role), at=TEN))


def wait(groups: TableGroups, seconds: int) -> None:
    clock = groups.facts.clock
    assert isinstance(clock, FakeClock)
    clock.pass_by(seconds)


SCP = Finding(Layer.SCP, "p-guard1", 0, None, "Deny")
INLINE = Finding(Layer.IDENTITY, "inline/guard", 0, None, "Deny")


def test_an_incident_with_a_plan_of_its_own_joins_nothing(groups: TableGroups) -> None:
    """Each plan has its own button."""
    (opened,) = groups.facts.record([denial(event_id="e")])
    assert groups.join(groups.facts.add(opened, proposed(at=TEN))) is None


def test_two_roles_inline_policies_of_one_name_are_two_statements(groups: TableGroups) -> None:
    """The name alone is not the statement."""
    assert groups.join(met(groups, "a", INLINE, "role/a")) is None
    assert groups.join(met(groups, "b", INLINE, "role/b")) is None
    assert groups.join(met(groups, "c", INLINE, "role/a")) is not None


def test_the_first_leads_and_the_others_stand_in_its_list(groups: TableGroups) -> None:
    """In the order of their coming; coming twice is coming once."""
    first = met(groups, "f0", SCP)
    assert groups.join(first) is None
    for n in (1, 2, 3):
        wait(groups, 1)
        member = met(groups, f"f{n}", SCP)
        groups.join(member)
    group = groups.join(member)
    assert group is not None
    assert group.lead.id == first.id
    assert [row.split(":")[0] for row in group.rows] == ["f0", "f1", "f2", "f3"]
    assert groups.join(first) is None


def test_whoever_leads_is_told_so_later_too_and_nobody_else(groups: TableGroups) -> None:
    """A day later its message still is the list's."""
    first = met(groups, "f0", SCP)
    groups.join(first)
    alone = groups.facts.add(first, Shown(TEN, "C0", "1.0", "advised x"))
    assert groups.led(first) is None
    assert groups.led(alone) is None
    wait(groups, 1)
    member = groups.facts.add(met(groups, "f1", SCP), Shown(TEN, "C0", "1.0", "grouped"))
    groups.join(member)
    wait(groups, 86_400)
    assert groups.led(member) is None
    led = groups.led(alone)
    assert led is not None
    assert (led.lead.id, [row.split(":")[0] for row in led.rows]) == (first.id, ["f0", "f1"])


def test_another_hour_is_another_alert(groups: TableGroups) -> None:
    """A guardrail met again tomorrow is news tomorrow."""
    assert groups.join(met(groups, "f0", SCP)) is None
    wait(groups, 3_600)
    assert groups.join(met(groups, "f1", SCP)) is None


def test_a_table_that_fails_is_said_as_such(groups: TableGroups) -> None:
    """The announcer then tells each by itself."""
    of = met(groups, "f0", SCP)
    groups.facts.table = "elsewhere"
    with pytest.raises(CannotWrite, match="join group#"):
        groups.join(of)
