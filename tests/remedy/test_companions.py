"""What a call needs besides its own action, only where a customer key encrypts the target and for that service."""

import pytest

from iam_watchdog.model import Request, Target
from iam_watchdog.remedy.companions import IMPLIED, implied, via
from tests.rules.cases import ACCOUNT, BUCKET, KEY, OBJECT, QUEUE, SESSION, encrypted, evidence


def asked(action: str, resource: str) -> Request:
    return Request(SESSION, action, resource, ACCOUNT, {"s3:prefix": ("x",), "aws:PrincipalAccount": (ACCOUNT,)})


def test_without_a_customer_key_nothing_is_implied() -> None:
    assert implied(asked("s3:GetObject", OBJECT), evidence(targets=[Target(BUCKET, ACCOUNT)])) == ()
    assert implied(asked("s3:ListBucket", BUCKET), evidence(targets=encrypted())) == ()
    assert implied(asked("s3:GetObject", "arn:aws:s3:::orders-in-2/1"), evidence(targets=encrypted())) == ()


@pytest.mark.parametrize(
    ("action", "resource", "service", "needs"),
    [
        ("s3:GetObject", OBJECT, "s3", ("kms:Decrypt",)),
        ("s3:PutObject", OBJECT, "s3", ("kms:Decrypt", "kms:GenerateDataKey")),
        ("sqs:SendMessage", QUEUE, "sqs", ("kms:Decrypt", "kms:GenerateDataKey")),
        ("sqs:ReceiveMessage", QUEUE, "sqs", ("kms:Decrypt",)),
    ],
)
def test_the_service_calls_kms_on_the_callers_behalf(
    action: str, resource: str, service: str, needs: tuple[str, ...]
) -> None:
    on = BUCKET if service == "s3" else resource
    found = implied(asked(action, resource), evidence(targets=encrypted(on)))
    assert tuple(r.action for r in found) == needs
    for request in found:
        assert (request.principal, request.resource) == (SESSION, KEY)
        assert request.context["kms:ViaService"] == (f"{service}.eu-west-1.amazonaws.com",)
        assert "s3:prefix" not in request.context


def test_the_attributes_of_an_object_are_read_with_the_object_itself() -> None:
    (alone,) = implied(asked("s3:GetObjectAttributes", OBJECT), evidence())
    assert (alone.action, alone.resource) == ("s3:GetObject", OBJECT)
    found = implied(asked("s3:GetObjectVersionAttributes", OBJECT), evidence(targets=encrypted()))
    assert [(r.action, r.resource) for r in found] == [("s3:GetObjectVersion", OBJECT), ("kms:Decrypt", KEY)]


def test_china_has_its_own_names() -> None:
    key = KEY.replace("arn:aws:", "arn:aws-cn:").replace("eu-west-1", "cn-north-1")
    assert via("arn:aws-cn:s3:::b/1", key) == "s3.cn-north-1.amazonaws.com.cn"


def test_nothing_but_kms_is_ever_implied() -> None:
    assert {action.partition(":")[0] for actions in IMPLIED.values() for action in actions} == {"kms"}
