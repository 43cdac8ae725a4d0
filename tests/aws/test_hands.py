"""The hands on moto's IAM and Lambda: the undo first, then the change, each through its own role."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from iam_watchdog import records
from iam_watchdog.aws import standing
from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.hands import AwsHands
from iam_watchdog.model import (
    AddInvokePermission,
    AddRoleStatements,
    Allow,
    Answer,
    AttachManagedPolicy,
    Grant,
    Plan,
    Proof,
    Receipt,
)
from iam_watchdog.ports import CannotRead, CannotWrite, Settings
from tests.aws.answers import BROKEN, DENIED, THROTTLED, Answers, Refusal

ACCOUNT, REGION = "123456789012", "us-east-1"
AUTO, APPROVED = (f"arn:aws:iam::{ACCOUNT}:role/iam-watchdog-hands-{name}" for name in ("auto", "approved"))
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app/shop-role"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/daily"
LOGS = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]})


class Watched(Clients):
    """Clients that remember which role was assumed, as whom, and cut down to what."""

    def __init__(self, region: str) -> None:
        super().__init__(region=region)
        self.sessions: list[tuple[str, str, dict[str, Any]]] = []

    def assumed(self, role_arn: str, session_name: str, policy: str | Mapping[str, Any]) -> Clients:
        assert not isinstance(policy, str)
        (statement,) = policy["Statement"]
        self.sessions.append((role_arn, session_name, statement))
        return super().assumed(role_arn, session_name, policy)


class Account:
    """The account as its owner sees it."""

    def __init__(self) -> None:
        self.iam = boto3.client("iam", region_name=REGION)
        self.functions = boto3.client("lambda", region_name=REGION)
        self.listed = self.iam.create_policy(PolicyName="logs", PolicyDocument=LOGS)["Policy"]["Arn"]
        self.make_role()
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("app.py", "def handler(event, context): ...")
        self.functions.create_function(
            FunctionName="shop",
            Runtime="python3.13",
            Role=ROLE,
            Handler="app.handler",
            Code={"ZipFile": archive.getvalue()},
        )

    def make_role(self) -> None:
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        self.iam.create_role(RoleName="shop-role", Path="/app/", AssumeRolePolicyDocument=document)

    def state(self) -> str:
        """All that the hands could touch, in one comparable text."""
        attached = self.iam.list_attached_role_policies(RoleName="shop-role")["AttachedPolicies"]
        names = self.iam.list_role_policies(RoleName="shop-role")["PolicyNames"]
        inline = {n: self.iam.get_role_policy(RoleName="shop-role", PolicyName=n)["PolicyDocument"] for n in names}
        try:
            allowed = json.loads(self.functions.get_policy(FunctionName="shop")["Policy"])["Statement"]
        except self.functions.exceptions.ResourceNotFoundException:
            allowed = []
        return records.canonical([attached, inline, allowed])


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield Account()


@pytest.fixture
def clients(account: Account) -> Watched:
    return Watched(REGION)


@pytest.fixture
def hands(account: Account, clients: Watched) -> AwsHands:
    pinned = {account.listed: records.document_hash(LOGS)}
    return AwsHands(clients, Settings(account=ACCOUNT, region=REGION, allow_listed=pinned), AUTO, APPROVED)


def plan(*grants: Grant) -> Plan:
    return Plan(grants, Proof(Answer.IMPLICIT, Answer.ALLOWED), {})


def inline(*actions: str) -> AddRoleStatements:
    return AddRoleStatements(ROLE, (Allow(actions or ("s3:GetObject",), ("arn:aws:s3:::orders/incoming/*",)),))


def permission(**differs: Any) -> AddInvokePermission:
    return replace(AddInvokePermission(FUNCTION, None, "events.amazonaws.com", RULE, None), **differs)


def receipts(hands: AwsHands, *grants: Grant, by: str = "U1") -> tuple[Receipt, ...]:
    return tuple(replace(receipt, by=by) for receipt in hands.prepare(plan(*grants)))


KINDS = ("attach", "inline", "permission")


def grant(kind: str, account: Account) -> Grant:
    made: dict[str, Grant] = {
        "attach": AttachManagedPolicy(ROLE, account.listed),
        "inline": inline(),
        "permission": permission(),
    }
    return made[kind]


# ---------------------------------------------------------------- undo


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_made_is_nothing_to_undo(kind: str, account: Account, hands: AwsHands, clients: Watched) -> None:
    (receipt,) = receipts(hands, grant(kind, account))
    before = account.state()
    hands.undo(receipt, "inc1")
    assert account.state() == before
    assert clients.sessions == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_and_its_undo_leave_the_account_as_it_was(kind: str, account: Account, hands: AwsHands) -> None:
    before = account.state()
    (receipt,) = receipts(hands, grant(kind, account))
    assert account.state() == before, "preparing changes nothing"
    hands.apply(receipt, "inc1")
    assert account.state() != before
    hands.undo(receipt, "inc1")
    assert account.state() == before
    hands.undo(receipt, "inc1")
    assert account.state() == before, "an undo told twice is one undo"


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_there_before_stays(kind: str, account: Account, hands: AwsHands, clients: Watched) -> None:
    (first,) = receipts(hands, grant(kind, account))
    hands.apply(first, "inc1")
    there = account.state()
    (second,) = receipts(hands, grant(kind, account))
    sessions = len(clients.sessions)
    hands.apply(second, "inc2")
    hands.undo(second, "inc2")
    assert account.state() == there
    assert len(clients.sessions) == sessions, "nothing was called"


def test_an_inline_policy_that_somebody_edited_since_is_left_alone(account: Account, hands: AwsHands) -> None:
    (receipt,) = receipts(hands, inline())
    hands.apply(receipt, "inc1")
    account.iam.put_role_policy(RoleName="shop-role", PolicyName=receipt.name, PolicyDocument=LOGS)
    edited = account.state()
    with pytest.raises(CannotWrite, match="changed by somebody else"):
        hands.undo(receipt, "inc1")
    with pytest.raises(CannotWrite, match="stands there already"):
        hands.apply(receipt, "inc1")
    assert account.state() == edited


def test_a_permission_that_somebody_replaced_since_is_left_alone(account: Account, hands: AwsHands) -> None:
    (receipt,) = receipts(hands, permission())
    hands.apply(receipt, "inc1")
    account.functions.remove_permission(FunctionName="shop", StatementId=receipt.name)
    account.functions.add_permission(
        FunctionName="shop",
        StatementId=receipt.name,
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
    )
    replaced = account.state()
    with pytest.raises(CannotWrite, match="changed by somebody else"):
        hands.undo(receipt, "inc1")
    assert account.state() == replaced


@pytest.mark.parametrize("by", ["iam-watchdog", "U1"])
def test_the_role_that_made_a_change_takes_it_back(
    by: str, account: Account, hands: AwsHands, clients: Watched
) -> None:
    (receipt,) = receipts(hands, AttachManagedPolicy(ROLE, account.listed), by=by)
    hands.apply(receipt, "inc1")
    hands.undo(receipt, "inc1")
    assert {role for role, _, _ in clients.sessions} == {AUTO if by == "iam-watchdog" else APPROVED}
    assert [statement["Action"] for _, _, statement in clients.sessions] == [
        "iam:AttachRolePolicy",
        "iam:DetachRolePolicy",
    ]


# ---------------------------------------------------------------- apply


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_change_twice_is_one_change(kind: str, account: Account, hands: AwsHands) -> None:
    (receipt,) = receipts(hands, grant(kind, account))
    hands.apply(receipt, "inc1")
    once = account.state()
    hands.apply(receipt, "inc1")
    assert account.state() == once


@pytest.mark.parametrize("kind", KINDS)
def test_each_session_is_cut_to_one_call_on_one_thing(
    kind: str, account: Account, hands: AwsHands, clients: Watched
) -> None:
    (receipt,) = receipts(hands, grant(kind, account))
    hands.apply(receipt, "inc1")
    ((_, session, statement),) = clients.sessions
    assert session == "wd-inc1"
    assert isinstance(statement["Action"], str)
    assert statement["Resource"] == (FUNCTION if kind == "permission" else ROLE)
    assert "*" not in json.dumps(statement)


def test_the_inline_policy_has_a_name_of_its_own_and_holds_exactly_the_grant(account: Account, hands: AwsHands) -> None:
    account.iam.put_role_policy(RoleName="shop-role", PolicyName="theirs", PolicyDocument=LOGS)
    first, second = receipts(hands, inline("s3:GetObject"), inline("s3:PutObject"))
    assert first.name.startswith(f"iam-watchdog-{REGION}-")
    assert first.name != second.name
    hands.apply(first, "inc1")
    assert account.iam.list_role_policies(RoleName="shop-role")["PolicyNames"] == ["theirs", first.name]
    document: Any = account.iam.get_role_policy(RoleName="shop-role", PolicyName=first.name)["PolicyDocument"]
    assert document == json.loads(first.after)
    assert document["Statement"] == [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::orders/incoming/*"}
    ]


def test_a_permission_names_the_trigger_exactly(account: Account, hands: AwsHands) -> None:
    (receipt,) = receipts(
        hands, permission(principal="s3.amazonaws.com", source_arn="arn:aws:s3:::b", source_account=ACCOUNT)
    )
    hands.apply(receipt, "inc1")
    (statement,) = json.loads(account.functions.get_policy(FunctionName="shop")["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    said = {k.lower(): v for keys in statement["Condition"].values() for k, v in keys.items()}
    assert said == {"aws:sourcearn": "arn:aws:s3:::b", "aws:sourceaccount": ACCOUNT}


def test_a_policy_whose_document_drifted_is_not_attached(account: Account, hands: AwsHands) -> None:
    (receipt,) = receipts(hands, AttachManagedPolicy(ROLE, account.listed))
    before = account.state()
    other = LOGS.replace("logs:*", "*")
    account.iam.create_policy_version(PolicyArn=account.listed, PolicyDocument=other, SetAsDefault=True)
    with pytest.raises(CannotWrite, match="not the one that was reviewed"):
        hands.apply(receipt, "inc1")
    assert account.state() == before


def test_a_policy_that_nobody_pinned_is_not_attached(account: Account, hands: AwsHands) -> None:
    unlisted = account.iam.create_policy(PolicyName="other", PolicyDocument=LOGS)["Policy"]["Arn"]
    (receipt,) = receipts(hands, AttachManagedPolicy(ROLE, unlisted))
    with pytest.raises(CannotWrite, match="not the one that was reviewed"):
        hands.apply(receipt, "inc1")


def test_a_role_made_anew_under_the_old_name_is_another_role(account: Account, hands: AwsHands) -> None:
    attach, put = receipts(hands, AttachManagedPolicy(ROLE, account.listed), inline())
    account.iam.delete_role(RoleName="shop-role")
    account.make_role()
    before = account.state()
    for receipt in (attach, put):
        with pytest.raises(CannotWrite, match="made again"):
            hands.apply(receipt, "inc1")
    assert account.state() == before


def test_a_role_that_is_gone_is_said(account: Account, hands: AwsHands) -> None:
    (receipt,) = receipts(hands, inline())
    account.iam.delete_role(RoleName="shop-role")
    with pytest.raises(CannotWrite, match="NoSuchEntity"):
        hands.apply(receipt, "inc1")
    with pytest.raises(CannotRead):
        hands.prepare(plan(inline()))


def test_without_a_hands_role_nothing_is_called(account: Account, clients: Watched) -> None:
    pinned = {account.listed: records.document_hash(LOGS)}
    none = AwsHands(clients, Settings(account=ACCOUNT, region=REGION, allow_listed=pinned), "", "")
    (receipt,) = receipts(none, inline())
    with pytest.raises(CannotWrite, match="no Hands role"):
        none.apply(receipt, "inc1")
    assert clients.sessions == []


# ---------------------------------------------------------------- when AWS does not answer as hoped


def _role_answer() -> dict[str, Any]:
    made = {"Path": "/app/", "RoleName": "shop-role", "RoleId": "AROASHOPSHOPSHOPSHOP", "Arn": ROLE}
    return {"Role": {**made, "CreateDate": datetime(2026, 11, 23, tzinfo=UTC)}}


def _keys(expires: datetime) -> dict[str, Any]:
    keys = {"AccessKeyId": "ASIAEXAMPLEEXAMPLE", "SecretAccessKey": "none", "SessionToken": "none"}
    return {"Credentials": {**keys, "Expiration": expires}}


@pytest.mark.parametrize("call", ["iam:GetRolePolicy", "iam:GetRole", "sts:AssumeRole"])
@pytest.mark.parametrize(("refusal", "transient"), [(THROTTLED, True), (BROKEN, True), (DENIED, False)])
def test_each_call_that_fails_is_said_and_nothing_else_is_called(call: str, refusal: Refusal, transient: bool) -> None:
    table: dict[str, Any] = {
        "iam:GetRolePolicy": Refusal("NoSuchEntity", "not found", 404),
        "iam:GetRole": _role_answer(),
        "sts:AssumeRole": _keys(datetime(2026, 11, 23, tzinfo=UTC)),
    }
    answers = Answers(table | {call: refusal})
    hands = AwsHands(answers.clients(REGION), Settings(account=ACCOUNT, region=REGION), AUTO, APPROVED)
    name, after = standing.name(inline(), REGION), standing.after(inline())
    receipt = Receipt(inline(), name, None, after, "AROASHOPSHOPSHOPSHOP", "U1")
    with pytest.raises(CannotWrite) as no:
        hands.apply(receipt, "inc1")
    assert no.value.transient is transient
    assert not [asked for asked, _ in answers.asked if asked.startswith(("iam:Put", "iam:Delete", "iam:Attach"))]


def test_a_session_lasts_as_short_as_aws_allows() -> None:
    table: dict[str, Any] = {
        "iam:GetRolePolicy": Refusal("NoSuchEntity", "not found", 404),
        "iam:GetRole": _role_answer(),
        "sts:AssumeRole": DENIED,
    }
    answers = Answers(table)
    hands = AwsHands(answers.clients(REGION), Settings(account=ACCOUNT, region=REGION), AUTO, APPROVED)
    receipt = Receipt(inline(), "iam-watchdog-x", None, standing.after(inline()), "AROASHOPSHOPSHOPSHOP", "U1")
    with pytest.raises(CannotWrite):
        hands.apply(receipt, "i" * 80)
    (asked,) = answers.named("sts:AssumeRole")
    assert (asked["RoleArn"], asked["DurationSeconds"]) == (APPROVED, 900)
    assert asked["RoleSessionName"] == ("wd-" + "i" * 80)[:64], "https://docs.aws.amazon.com/STS: 64 characters at most"
