"""What somebody took away is found in the history and put back as it was: the call works, its sibling does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from iam_watchdog import rules
from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.model import (
    AddInvokePermission,
    AddRoleStatements,
    AttachManagedPolicy,
    Denial,
    Diagnosis,
    Kind,
    Plan,
    Witness,
)
from iam_watchdog.ports import Settings
from iam_watchdog.remedy import propose
from iam_watchdog.remedy.document import policy_document
from iam_watchdog_cli.lab import launch
from tests.lab.account import Account, allow
from tests.lab.calls import Call, call, queue
from tests.lab.running import Running, denials, running


@pytest.fixture(scope="module")
def prompt() -> Iterator[Account]:
    """An account whose history knows a change at once; AWS says about five minutes."""
    lab, process = launch.start(trail_lag=0)
    yield Account(lab)
    launch.stop(lab, process)


def reader(account: Account) -> AccountReader:
    lab = account.lab
    clients = Clients(account.session(), lab.endpoint, lab.region, attempts=1)
    return AccountReader(clients, Settings(lab.account, lab.region))


def looked(account: Account, denial: Denial) -> tuple[Diagnosis, Plan | None]:
    """What the watchdog makes of a denial when it also asks what changed."""
    asked = reader(account)
    evidence = asked.changes(denial, asked.gather(denial))
    found, plan, _ = propose.plan(rules.diagnose(denial, evidence), denial, evidence)
    return found, plan


def after(account: Account, function: Running, refused: Call) -> tuple[Diagnosis, Plan | None]:
    (denial, *_) = denials(reader(account), function.refused(refused))
    return looked(account, denial)


def arn_of(account: Account, url: str) -> str:
    found = account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])


def test_a_deleted_inline_policy_is_put_back_as_it_was(prompt: Account) -> None:
    urls = queue(prompt, "restore-inline")
    function = running(prompt, "restore-inline", allow("sqs:SendMessage", on=arn_of(prompt, urls["url"])))
    send = call("sqs", "send_message", QueueUrl=urls["url"], MessageBody="x")
    function.call(send)
    iam = prompt.client("iam")
    iam.delete_role_policy(RoleName="restore-inline-role", PolicyName="own")
    found, plan = after(prompt, function, send)
    assert found.notes[0].startswith("Restore what lab-admin removed at"), found.notes
    assert not any("PutRolePolicy" in note for note in found.notes), "which only added"
    assert plan
    (grant,) = plan.grants
    assert isinstance(grant, AddRoleStatements)
    document = json.dumps(policy_document(grant.statements))
    iam.put_role_policy(RoleName="restore-inline-role", PolicyName="pasted", PolicyDocument=document)
    function.call(send)
    function.refused(call("sqs", "send_message", QueueUrl=urls["other"], MessageBody="x"))


def test_a_detached_policy_of_the_account_is_attached_again(prompt: Account) -> None:
    urls = queue(prompt, "restore-managed")
    policy = prompt.policy("restore-sender", allow("sqs:SendMessage", on=arn_of(prompt, urls["url"])))
    function = running(prompt, "restore-managed")
    iam = prompt.client("iam")
    iam.attach_role_policy(RoleName="restore-managed-role", PolicyArn=policy)
    send = call("sqs", "send_message", QueueUrl=urls["url"], MessageBody="x")
    function.call(send)
    iam.detach_role_policy(RoleName="restore-managed-role", PolicyArn=policy)
    found, plan = after(prompt, function, send)
    assert plan, found
    (grant,) = plan.grants
    assert isinstance(grant, AttachManagedPolicy)
    assert grant.policy_arn == policy
    iam.attach_role_policy(RoleName="restore-managed-role", PolicyArn=grant.policy_arn)
    function.call(send)


def test_a_wide_policy_that_was_detached_stays_an_alternative(prompt: Account) -> None:
    urls = queue(prompt, "restore-wide")
    policy = prompt.policy("restore-wide", allow("sqs:*"))
    function = running(prompt, "restore-wide")
    iam = prompt.client("iam")
    iam.attach_role_policy(RoleName="restore-wide-role", PolicyArn=policy)
    iam.detach_role_policy(RoleName="restore-wide-role", PolicyArn=policy)
    found, plan = after(prompt, function, call("sqs", "send_message", QueueUrl=urls["url"], MessageBody="x"))
    assert plan
    assert isinstance(plan.grants[0], AddRoleStatements)
    assert found.instead == (AttachManagedPolicy(plan.grants[0].role, policy),)
    assert "It would also allow sqs:* on *." in found.notes[0]


def test_a_removed_permission_is_given_back(prompt: Account) -> None:
    role = prompt.role("restore-started-role")
    arn = prompt.function("restore-started", role, "def handler(event, context): ...", wait=False)
    rule = prompt.client("events").put_rule(Name="restore-nightly", ScheduleExpression="rate(1 day)")["RuleArn"]
    prompt.client("events").put_targets(Rule="restore-nightly", Targets=[{"Id": "1", "Arn": arn}])
    functions = prompt.client("lambda")
    functions.add_permission(
        FunctionName="restore-started",
        StatementId="nightly",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    functions.remove_permission(FunctionName="restore-started", StatementId="nightly")
    denial = Denial(
        witness=Witness.CONFIG,
        at=datetime.now(UTC),
        account=prompt.lab.account,
        region=prompt.lab.region,
        function="restore-started",
        qualifier="$LATEST",
        principal="events.amazonaws.com",
        action="lambda:InvokeFunction",
        resource=arn,
        scope=arn,
        kind=Kind.INVOKE_PERMISSION,
        source_arn=rule,
    )
    found, plan = looked(prompt, denial)
    assert "give function restore-started the permission nightly back" in found.notes[0], found.notes
    assert plan
    assert plan.grants == (AddInvokePermission(arn, None, "events.amazonaws.com", rule, None),)
    anybody = replace(denial, source_arn=f"{rule}-other")
    assert not looked(prompt, anybody)[0].notes[0].startswith("Restore")
