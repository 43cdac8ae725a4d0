"""A poller without permission: the function is never invoked, its queue or stream only grows."""

import pytest

from iam_watchdog.model import AddRoleStatements, AttachManagedPolicy, Layer, Witness
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, event_source_mapping
from tests.rules.cases import (
    ACCOUNT,
    KEY,
    QUEUE,
    allow,
    boundary,
    claiming,
    denial,
    encrypted,
    evidence,
    function,
    identity,
    key_policy,
)

POLLING = denial("sqs:ReceiveMessage", QUEUE, witness=Witness.CONFIG, origin="sweep")
FED = function(mappings=((QUEUE, "Enabled", "PROBLEM: Function call failed"),))
STREAM = f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/orders"
TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders/stream/2026-01-01T00:00:00.000"


def test_it_is_silent_about_a_queue_that_the_code_itself_reads() -> None:
    assert event_source_mapping.examine(POLLING, evidence()) is None
    assert event_source_mapping.examine(POLLING, evidence(identity(allow("sqs:*")), function=FED)) is None


def test_it_says_that_the_function_is_not_fed() -> None:
    found = diagnose(POLLING, evidence(function=FED))
    assert (found.rule, found.layer) == ("event_source_mapping", Layer.IDENTITY)
    assert found.because.startswith(f"Function orders is not fed from {QUEUE}: its role orders-role may not call")


def test_the_whole_set_is_proposed_at_once_with_the_managed_policy_beside_it() -> None:
    seen = evidence(identity(allow("sqs:DeleteMessage", QUEUE)), function=FED)
    found, plan, proof = propose.plan(diagnose(POLLING, seen), POLLING, seen)
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert fix.statements[0].actions == ("sqs:GetQueueAttributes", "sqs:ReceiveMessage")
    assert isinstance(found.instead[0], AttachManagedPolicy)
    assert plan
    assert proof
    assert proof.holds


def test_the_key_of_the_queue_is_part_of_the_set() -> None:
    seen = evidence(key_policy(), targets=encrypted(QUEUE), function=FED)
    (fix,) = diagnose(POLLING, seen).fixes
    assert isinstance(fix, AddRoleStatements)
    assert [s.actions for s in fix.statements][-1] == ("kms:Decrypt",)
    assert fix.statements[-1].resources == (KEY,)


@pytest.mark.parametrize(
    ("action", "source", "count"), [("kinesis:GetRecords", STREAM, 5), ("dynamodb:GetRecords", TABLE, 4)]
)
def test_streams_have_their_own_sets(action: str, source: str, count: int) -> None:
    refused = denial(action, source, witness=Witness.CONFIG)
    seen = evidence(function=function(mappings=((source, "Enabled", "OK"),)))
    found, plan, _ = propose.plan(diagnose(refused, seen), refused, seen)
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert len([a for s in fix.statements for a in s.actions]) == count
    assert plan


def test_a_boundary_is_named_whatever_the_message_says() -> None:
    seen = evidence(identity(allow("sqs:*")), boundary(allow("s3:*")), function=FED)
    assert diagnose(claiming(POLLING, Layer.IDENTITY), seen).rule == "permissions_boundary"
