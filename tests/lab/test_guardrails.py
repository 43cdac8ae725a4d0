"""What no Allow of the role can end: a Deny is named and left alone; ceilings and owners' policies are mended."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.model import AddRoleStatements, Advice, Diagnosis, Fix
from iam_watchdog.remedy.document import policy_document
from tests.lab.account import TRUST, Account, allow
from tests.lab.calls import Call, bucket, call, key, queue, secret, topic
from tests.lab.more_calls import get
from tests.lab.running import Running, explained, running

type Statement = dict[str, Any]


def deny(action: str, on: str, **more: Any) -> Statement:
    return {"Sid": "Guardrail", "Effect": "Deny", "Action": action, "Resource": on, **more}


def document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def to_all(action: str, on: str, **more: Any) -> str:
    return document(deny(action, on, Principal="*", **more))


# ---------------------------------------------------------------- a Deny is named, and nothing is offered


@dataclass(frozen=True)
class Guarded:
    """A resource whose own policy denies one call to everybody."""

    name: str
    build: Callable[[Account, str], dict[str, str]]
    guard: Callable[[Account, dict[str, str]], Any]
    denied: Callable[[dict[str, str]], Call]
    sure: bool = True
    """False where nobody but AWS knows the value that the condition asks for."""


def keep(account: Account, b: dict[str, str], **condition: Any) -> Any:
    account.client("s3").put_bucket_policy(
        Bucket=b["bucket"], Policy=to_all("s3:GetObject", f"{b['arn']}/*", **condition)
    )


def shut(account: Account, k: dict[str, str]) -> Any:
    root = {"AWS": f"arn:aws:iam::{account.lab.account}:root"}
    whole = allow("kms:*") | {"Principal": root}
    text = document(whole, deny("kms:Encrypt", "*", Principal="*"))
    account.client("kms").put_key_policy(KeyId=k["arn"], PolicyName="default", Policy=text)


def still(account: Account, q: dict[str, str]) -> Any:
    sqs = account.client("sqs")
    arn = sqs.get_queue_attributes(QueueUrl=q["url"], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=q["url"], Attributes={"Policy": to_all("sqs:SendMessage", arn)})


GUARDED = (
    Guarded("bucket", bucket, keep, get),
    Guarded(
        "unless-vpce",
        bucket,
        lambda a, b: keep(a, b, Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}),
        get,
    ),
    Guarded(
        "unless-tag",
        bucket,
        lambda a, b: keep(a, b, Condition={"StringNotEquals": {"aws:PrincipalTag/team": "red"}}),
        get,
    ),
    Guarded(
        "unless-address",
        bucket,
        lambda a, b: keep(a, b, Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        get,
        sure=False,
    ),
    Guarded("key", key, shut, lambda k: call("kms", "encrypt", KeyId=k["arn"], Plaintext="x")),
    Guarded("queue", queue, still, lambda q: call("sqs", "send_message", QueueUrl=q["url"], MessageBody="x")),
    Guarded(
        "topic",
        topic,
        lambda a, t: a.client("sns").set_topic_attributes(
            TopicArn=t["arn"], AttributeName="Policy", AttributeValue=to_all("sns:Publish", t["arn"])
        ),
        lambda t: call("sns", "publish", TopicArn=t["arn"], Message="x"),
    ),
    Guarded(
        "secret",
        secret,
        lambda a, s: a.client("secretsmanager").put_resource_policy(
            SecretId=s["arn"], ResourcePolicy=to_all("secretsmanager:GetSecretValue", "*")
        ),
        lambda s: call("secretsmanager", "get_secret_value", SecretId=s["arn"]),
    ),
)


def barred(found: Diagnosis, layer: str, *, sure: bool = True) -> None:
    """The guardrail is named, of the right layer, for certain; nobody is told how to get round it."""
    assert (found.rule, str(found.layer), str(found.confidence)) == (
        "explicit_deny",
        layer,
        "verified" if sure else "reported",
    ), found
    assert '"Guardrail"' in found.because
    assert not found.fixes
    assert not found.instead


@pytest.mark.parametrize("guarded", GUARDED, ids=lambda guarded: guarded.name)
@pytest.mark.parametrize("granted", [True, False], ids=["granted", "not-granted"])
def test_a_deny_of_the_target_is_named_and_nothing_is_offered(
    guarded: Guarded, granted: bool, account: Account, reader: AccountReader
) -> None:
    name = f"guard-{guarded.name}-{granted}".lower()
    built = guarded.build(account, name)
    function = running(account, name, *([allow("*")] if granted else []))
    guarded.guard(account, built)
    barred(explained(reader, function.refused(guarded.denied(built)))[1], "resource", sure=guarded.sure)


@pytest.mark.parametrize("layer", ["identity", "boundary"])
def test_a_deny_of_the_role_is_named_and_nothing_is_offered(
    layer: str, account: Account, reader: AccountReader
) -> None:
    name = f"guard-{layer}"
    built = bucket(account, name)
    guardrail = deny("s3:GetObject", f"{built['arn']}/private/*")
    boundary = account.policy(f"{name}-ceiling", allow("*"), *([guardrail] if layer == "boundary" else []))
    function = running(account, name, allow("s3:*"), *([guardrail] if layer == "identity" else []), boundary=boundary)
    barred(explained(reader, function.refused(get(built)))[1], layer)


# ---------------------------------------------------------------- what an owner has to add works as written


def applied(account: Account, fixes: tuple[Fix, ...]) -> None:
    """Each document put where it is said to belong, beside what stands there."""
    for fix in fixes:
        assert isinstance(fix, AddRoleStatements | Advice), fix
        added = policy_document(fix.statements)["Statement"]
        assert added, fix
        layer, owner = (str(fix.layer), fix.target) if isinstance(fix, Advice) else ("identity", fix.role)
        _put(account, layer, owner, added)


def _put(account: Account, layer: str, owner: str, added: list[Statement]) -> None:
    iam, kms = account.client("iam"), account.client("kms")
    name = owner.rsplit("/", 1)[-1]
    if layer == "boundary":
        old = iam.get_policy_version(PolicyArn=owner, VersionId="v1")["PolicyVersion"]["Document"]
        both = document(*old["Statement"], *added)
        iam.create_policy_version(PolicyArn=owner, PolicyDocument=both, SetAsDefault=True)
    elif layer == "resource":
        old = json.loads(kms.get_key_policy(KeyId=owner, PolicyName="default")["Policy"])
        kms.put_key_policy(KeyId=owner, PolicyName="default", Policy=document(*old["Statement"], *added))
    elif layer == "trust":
        old = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=document(*old["Statement"], *added))
    else:
        iam.put_role_policy(RoleName=name, PolicyName="pasted", PolicyDocument=document(*added))


def mended(account: Account, function: Running, found: Diagnosis, wanted: Call, sibling: Call) -> None:
    applied(account, found.fixes)
    function.call(wanted)
    function.refused(sibling)


@pytest.mark.parametrize("granted", [True, False], ids=["granted", "not-granted"])
def test_a_boundary_that_lacks_the_action_is_mended_in_the_boundary(
    granted: bool, account: Account, reader: AccountReader
) -> None:
    name = f"ceiling-{granted}".lower()
    built = bucket(account, name)
    may = [allow("s3:GetObject", on=f"{built['arn']}/incoming/*")] if granted else []
    boundary = account.policy(f"{name}-policy", allow("dynamodb:*"))
    function = running(account, name, *may, boundary=boundary)
    found = explained(reader, function.refused(get(built, "incoming/2.csv")))[1]
    assert (found.rule, str(found.confidence)) == ("permissions_boundary", "verified")
    mended(account, function, found, get(built, "incoming/2.csv"), get(built))


@pytest.mark.parametrize("granted", [True, False], ids=["granted", "not-granted"])
def test_a_key_that_does_not_leave_it_to_iam_is_mended_in_its_policy(
    granted: bool, account: Account, reader: AccountReader
) -> None:
    name = f"owned-key-{granted}".lower()
    root = {"AWS": f"arn:aws:iam::{account.lab.account}:root"}
    owner = allow("kms:PutKeyPolicy", "kms:GetKeyPolicy", "kms:DescribeKey", "kms:ListGrants", "kms:Encrypt")
    kms = account.client("kms")
    arn = kms.create_key(Policy=document(owner | {"Principal": root}))["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    function = running(account, name, *([allow("kms:Decrypt")] if granted else []))
    wanted = call("kms", "decrypt", CiphertextBlob=blob)
    found = explained(reader, function.refused(wanted))[1]
    assert (found.rule, str(found.layer)) == ("kms_key_policy", "resource")
    mended(account, function, found, wanted, call("kms", "generate_data_key", KeyId=arn, KeySpec="AES_256"))


@pytest.mark.parametrize("granted", [True, False], ids=["granted", "not-granted"])
def test_a_role_that_does_not_trust_the_caller_is_mended_on_its_side(
    granted: bool, account: Account, reader: AccountReader
) -> None:
    name = f"assuming-{granted}".lower()
    for other in ("one", "two"):
        account.role(f"{name}-{other}")
        account.client("iam").update_assume_role_policy(RoleName=f"{name}-{other}", PolicyDocument=json.dumps(TRUST))
    one, two = (f"arn:aws:iam::{account.lab.account}:role/{name}-{other}" for other in ("one", "two"))
    function = running(account, name, *([allow("sts:AssumeRole", on=one)] if granted else []))
    wanted, sibling = (call("sts", "assume_role", RoleArn=arn, RoleSessionName="work") for arn in (one, two))
    found = explained(reader, function.refused(wanted))[1]
    assert (found.rule, str(found.layer)) == ("trust_policy", "trust")
    mended(account, function, found, wanted, sibling)
