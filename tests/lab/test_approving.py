"""A person's word through the deployed function URL, signed as Slack signs; and the undo, by button and by command."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from typing import Any
from urllib.request import urlopen

import pytest

from iam_watchdog.clicks import Click
from iam_watchdog.model import Incident, Status, Undone
from iam_watchdog.status import derive
from iam_watchdog.wiring import SystemClock
from iam_watchdog_cli.connection import Connection
from iam_watchdog_cli.incidents import listing
from iam_watchdog_cli.lab.stack import APPROVER
from iam_watchdog_cli.main import main
from iam_watchdog_cli.scenarios.slack_user import post, reachable, signed
from iam_watchdog_cli.watch import subscribe
from tests.lab.account import Account, allow, lines, until
from tests.test_approve import form, payload

SOURCE = """
import boto3

def handler(event, context):
    return boto3.client("sqs").send_message(QueueUrl=event["queue"], MessageBody="order")["MessageId"]
"""
LINK = re.compile(r"<(http://127\.0\.0\.1:\d+/[^|\"]*/reports/[^|\"]*)\|")
LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")


class Slack:
    """One incident's message, and a person before it."""

    def __init__(self, account: Account, outputs: dict[str, str], incident: Incident) -> None:
        self.account, self.outputs, self.incident = account, outputs, incident
        self.lab = account.lab

    def drawn(self, button: str) -> Click:
        """The newest button of that name, as an approver would press it."""
        for kept in reversed(lines(self.lab.slack_inbox)):
            asked = kept.get("body", kept)
            for block in asked.get("blocks") or ():
                for element in block.get("elements", ()) if block.get("type") == "actions" else ():
                    value = str(element.get("value", ""))
                    if element.get("action_id") == button and value.startswith(self.incident.id):
                        return self._click(button, value, str(asked.get("ts", "")))
        raise LookupError(button)

    def _click(self, button: str, value: str, ts: str) -> Click:
        workspace = self.lab.slack
        url = f"{self.lab.receiver}/actions/{workspace.team}/1/{workspace.hook}"
        incident, plan, nonce = value.split(":")
        place = {"team": workspace.team, "app": workspace.app, "channel": workspace.channel, "message": ts, "url": url}
        return Click(button, incident, plan, nonce, user=APPROVER, **place)

    def press(self, pressed: Click, *, age: int = 0, secret: str = "") -> int:
        body = form(payload(pressed))
        stamp = int(time.time()) - age
        headers = signed(secret or self.lab.slack.signing_secret, body, stamp)
        return post(reachable(self.lab, self.outputs["ApproveUrl"]), body, headers)

    def answered(self, words: str) -> bool:
        """True once the person was told so."""
        return bool(until(lambda: words in json.dumps(lines(self.lab.slack_inbox)), 5))

    def stands(self) -> Status:
        found = next(i for i in listing(connected(self.account, self.outputs)) if i.id == self.incident.id)
        return derive(found, SystemClock().now())


def connected(account: Account, outputs: dict[str, str]) -> Connection:
    lab = account.lab
    arn = f"arn:aws:iam::{lab.account}:user/lab-admin"
    return Connection(account.session(), lab.region, lab.endpoint, lab.account, arn, lab.stack, lab)


def refused(account: Account, outputs: dict[str, str], name: str) -> Slack:
    """A function that may not send to its queue, and the message about it."""
    tags = {"iam-watchdog": "approve"}
    boundary = next(
        p["Arn"]
        for p in account.client("iam").list_policies(Scope="Local")["Policies"]
        if p["PolicyName"] == "iam-watchdog-lab-boundary"
    )
    # Only Lambda may use the role: a denial of a role that others share is bound to nobody.
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = account.client("iam")
    made = iam.create_role(
        RoleName=f"{name}-role",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        PermissionsBoundary=boundary,
        Tags=[{"Key": k, "Value": v} for k, v in tags.items()],
    )
    logs = {"Version": "2012-10-17", "Statement": [allow(*LOGS)]}
    iam.put_role_policy(RoleName=f"{name}-role", PolicyName="logs", PolicyDocument=json.dumps(logs))
    account.function(name, str(made["Role"]["Arn"]), SOURCE)
    queue = account.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    subscribe(connected(account, outputs), name, outputs["DetectFunction"])
    account.invoke(name, {"queue": queue})

    def shown() -> Incident | None:
        found = [i for i in listing(connected(account, outputs)) if i.denial.function == name]
        text = json.dumps(lines(account.lab.slack_inbox))
        return found[0] if found and f"{found[0].id}:" in text else None

    incident = until(shown, 20)
    assert incident, "nothing was said in Slack"
    return Slack(account, outputs, incident)


@pytest.fixture(scope="module")
def message(account: Account, outputs: dict[str, str]) -> Slack:
    return refused(account, outputs, "press-apply")


def inline(account: Account, name: str) -> list[str]:
    return [n for n in account.client("iam").list_role_policies(RoleName=f"{name}-role")["PolicyNames"] if n != "logs"]


@pytest.mark.parametrize(
    ("differs", "answer"),
    [
        ({"user": "U0STRANGER1"}, "not among the approvers"),
        ({"team": "T0OTHER"}, "not for this workspace"),
        ({"app": "A0OTHER"}, "not for this app"),
        ({"channel": "C0OTHER"}, "not for this channel"),
        ({"message": "1.000001"}, "not the message that was posted"),
        ({"plan": "0" * 64}, "A newer diagnosis has replaced this plan"),
        ({"nonce": "another"}, "A newer diagnosis has replaced this plan"),
        ({"incident": "f" * 20}, "no longer known"),
    ],
)
def test_a_click_that_differs_in_one_thing_gets_one_answer(
    message: Slack, differs: dict[str, str], answer: str
) -> None:
    assert message.press(replace(message.drawn("apply"), **differs)) == 200
    assert message.answered(answer)
    assert message.stands() is Status.PROPOSED


def test_the_full_report_opens_by_its_link_alone(message: Slack) -> None:
    assert message.press(message.drawn("report")) == 200
    link = until(lambda: LINK.search(json.dumps(lines(message.lab.slack_inbox))), 5)
    assert link, "no link was answered"
    with urlopen(link.group(1)) as page:  # noqa: S310 - the lab's own address
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert message.incident.id in page.read().decode()


@pytest.mark.parametrize("bent", [{"secret": "guessed"}, {"age": 301}])
def test_what_slack_did_not_sign_just_now_gets_none(message: Slack, bent: dict[str, Any]) -> None:
    assert message.press(message.drawn("apply"), **bent) == 401
    assert message.stands() is Status.PROPOSED


def test_a_yes_is_carried_out_once_and_taken_back_by_command(
    message: Slack, deployed: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["undo", message.incident.id]) == 2
    assert "there is nothing to undo" in capsys.readouterr().err
    yes = message.drawn("apply")
    assert message.press(yes) == 200
    assert until(lambda: message.stands() is Status.VERIFIED, 30), message.stands()
    (put,) = inline(deployed, "press-apply")
    assert put.startswith("iam-watchdog-us-east-1-")
    assert message.press(yes) == 200
    assert message.answered("This was approved already, by you")
    assert inline(deployed, "press-apply") == [put]

    assert main(["undo", message.incident.id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["undone"] is True
    assert (inline(deployed, "press-apply"), message.stands()) == ([], Status.UNDONE)
    assert main(["undo", message.incident.id]) == 2


def test_quiet_and_undo_by_button(account: Account, outputs: dict[str, str]) -> None:
    message = refused(account, outputs, "press-undo")
    assert message.press(message.drawn("snooze")) == 200
    assert until(lambda: message.stands() is Status.SNOOZED)
    assert message.press(message.drawn("apply")) == 200
    assert until(lambda: message.stands() is Status.VERIFIED, 30), message.stands()
    undo = until(lambda: _found(message, "undo"), 10)
    assert message.press(undo) == 200
    assert until(lambda: message.stands() is Status.UNDONE, 20), message.stands()
    assert inline(account, "press-undo") == []
    (found,) = (i for i in listing(connected(account, outputs)) if i.id == message.incident.id)
    assert found.last(Undone).by == APPROVER  # type: ignore[union-attr]


def _found(message: Slack, button: str) -> Click | None:
    try:
        return message.drawn(button)
    except LookupError:
        return None
