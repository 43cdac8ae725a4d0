"""The action is granted, on another ARN: another region, account, name, or a missing suffix."""

import pytest

from iam_watchdog.model import AddRoleStatements, Layer
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, resource_mismatch
from tests.rules.cases import ACCOUNT, QUEUE, allow, claiming, denial, evidence, identity

SENDING = denial("sqs:SendMessage", QUEUE)
TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders"


def test_it_is_silent_without_a_near_miss() -> None:
    assert resource_mismatch.examine(SENDING, evidence()) is None
    assert resource_mismatch.examine(SENDING, evidence(identity(allow("sqs:ReceiveMessage", QUEUE)))) is None


@pytest.mark.parametrize(
    ("granted", "difference"),
    [
        (QUEUE.replace("eu-west-1", "us-east-1"), "region us-east-1 instead of eu-west-1"),
        (QUEUE.replace(ACCOUNT, "444455556666"), f"account 444455556666 instead of {ACCOUNT}"),
        (QUEUE.replace("arn:aws:", "arn:aws-cn:"), "partition aws-cn instead of aws"),
    ],
)
def test_it_shows_the_near_miss_side_by_side(granted: str, difference: str) -> None:
    found = diagnose(SENDING, evidence(identity(allow("sqs:SendMessage", granted, Sid="Send"))))
    assert (found.rule, found.layer) == ("resource_mismatch", Layer.IDENTITY)
    assert f'statement "Send" of inline policy reader allows it, but on {granted}: {difference}' in found.because


def test_an_index_lies_below_its_table() -> None:
    refused = denial("dynamodb:Query", f"{TABLE}/index/by-day")
    found = diagnose(refused, evidence(identity(allow("dynamodb:Query", TABLE))))
    assert "lies below it and needs /*" in found.because
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert fix.statements[0].resources == (f"{TABLE}/index/*",)


def test_the_right_resource_is_proposed() -> None:
    seen = evidence(identity(allow("sqs:SendMessage", f"{QUEUE}-old")))
    found, plan, _ = propose.plan(diagnose(SENDING, seen), SENDING, seen)
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert fix.statements[0].resources == (QUEUE,)
    assert plan


def test_a_message_that_blames_the_queue_policy_is_corrected() -> None:
    seen = evidence(identity(allow("sqs:SendMessage", f"{QUEUE}-old")))
    found = diagnose(claiming(SENDING, Layer.RESOURCE), seen)
    assert found.rule == "resource_mismatch"
    assert any("names the resource-based policy" in note for note in found.notes)
