"""From sweep to silence on the emulator: found, diagnosed, proposed, applied as written, found no more."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from iam_watchdog import canary, rules
from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.facts import TableFacts
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.aws.survey import Account as Survey
from iam_watchdog.expect import Audit, audit
from iam_watchdog.model import Confidence, Fix, Healed, Incident
from iam_watchdog.ports import Settings
from iam_watchdog.remedy import propose
from iam_watchdog.report.fix_json import fix_json
from iam_watchdog.wiring import SystemClock
from tests.lab.account import TRUST, Account, allow, until

LOGS = allow("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
SOURCE = "def handler(event, context): ...\n"


def mute(account: Account, name: str) -> None:
    made(account, name)


def not_admitted(account: Account, name: str) -> None:
    made(account, name, LOGS)
    trust = json.loads(json.dumps(TRUST))
    trust["Statement"][0]["Principal"] = {"Service": "ec2.amazonaws.com"}
    account.client("iam").update_assume_role_policy(RoleName=f"{name}-role", PolicyDocument=json.dumps(trust))


def rule(account: Account, name: str) -> None:
    arn = made(account, name, LOGS)
    account.client("events").put_rule(Name=name, ScheduleExpression="rate(1 day)")
    account.client("events").put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])


def mapping(account: Account, name: str) -> None:
    made(account, name, LOGS, allow("sqs:ReceiveMessage"))
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    account.client("lambda").create_event_source_mapping(FunctionName=name, EventSourceArn=queue, BatchSize=1)


def destination(account: Account, name: str) -> None:
    made(account, name, LOGS)
    topic = account.client("sns").create_topic(Name=name)["TopicArn"]
    account.client("lambda").put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnFailure": {"Destination": topic}}
    )


def made(account: Account, name: str, *may: dict[str, Any]) -> str:
    return account.function(name, account.role(f"{name}-role", *may), SOURCE)


@dataclass(frozen=True)
class Broken:
    make: Callable[[Account, str], None]
    action: str
    rule: str


CASES = {
    "mute": Broken(mute, "logs:CreateLogStream", "logs_basic"),
    "not-admitted": Broken(not_admitted, "sts:AssumeRole", "trust_policy"),
    "rule": Broken(rule, "lambda:InvokeFunction", "invoke_permission"),
    "mapping": Broken(mapping, "sqs:DeleteMessage", "event_source_mapping"),
    "destination": Broken(destination, "sns:Publish", "destination"),
}


def clients(account: Account) -> Clients:
    return Clients(account.session(), account.lab.endpoint, account.lab.region, attempts=1)


def swept(account: Account, name: str) -> Audit:
    view = Survey(clients(account), account.lab.account).one(name)
    return audit(view, datetime.now(UTC))


def apply(account: Account, fix: Fix, name: str) -> None:
    """As the JSON form of the proposal says, by the owner's own hand."""
    written, iam = fix_json(fix), account.client("iam")
    document = json.dumps(written["document"])
    if written["kind"] == "attach_managed_policy":
        iam.attach_role_policy(RoleName=f"{name}-role", PolicyArn=written["policy_arn"])
    elif written["kind"] == "add_role_statements":
        iam.put_role_policy(RoleName=f"{name}-role", PolicyName="pasted", PolicyDocument=document)
    elif written["kind"] == "add_invoke_permission":
        account.client("lambda").add_permission(**written["permission"])
    else:
        assert written["layer"] == "trust"
        iam.update_assume_role_policy(RoleName=f"{name}-role", PolicyDocument=document)


@pytest.mark.parametrize("case", CASES)
def test_it_is_found_mended_as_written_and_found_no_more(case: str, account: Account) -> None:
    name, broken = f"sweep-{case}", CASES[case]
    broken.make(account, name)
    (denial,) = swept(account, name).denials
    assert denial.action == broken.action
    reader = AccountReader(clients(account), Settings(account.lab.account, account.lab.region))
    evidence = reader.gather(denial)
    found, _, proof = propose.plan(rules.diagnose(denial, evidence), denial, evidence)
    assert (found.rule, found.confidence) == (broken.rule, Confidence.VERIFIED), found
    assert proof
    assert proof.holds
    for fix in found.fixes:
        apply(account, fix, name)
    assert swept(account, name).denials == ()


def test_a_page_of_the_account_names_the_same(account: Account) -> None:
    """All sources at once: what the emulator does not know is named, and nothing breaks."""
    mute(account, "sweep-paged")
    pages = list(Survey(clients(account), account.lab.account).pages())
    (view,) = [view for page in pages for view in page.views if view.function.name == "sweep-paged"]
    assert [denial.action for denial in audit(view, datetime.now(UTC)).denials] == ["logs:CreateLogStream"]
    assert view.gaps == ()


def test_the_deployed_canary_goes_all_the_way_and_sweep_closes_it(deployed: Account, outputs: dict[str, str]) -> None:
    """Under the roles that the template gives: Detect and Sweep write denial facts, Diagnose its own."""
    logs, group = deployed.client("logs"), f"/aws/events/{deployed.lab.stack}-canary"
    logs.create_log_stream(logGroupName=group, logStreamName="song")
    at = int(datetime.now(UTC).timestamp() * 1000)
    song = f'{{"resources":["arn:aws:events:x:1:rule/{deployed.lab.stack}-canary-AccessDenied"]}}'
    events = [{"timestamp": at, "message": song}]
    logs.put_log_events(logGroupName=group, logStreamName="song", logEvents=events)
    facts = TableFacts(deployed.client("dynamodb"), outputs["Table"], SystemClock())

    def sung() -> Incident | None:
        found = [i for i in facts.listing() if canary.is_one(i.denial)]
        return next((i for i in found if canary.heard(i)), None)

    incident = until(sung, seconds=60)  # Two cold starts on a busy machine.
    assert incident, facts.listing()
    told = deployed.client("lambda").invoke(FunctionName=outputs["SweepFunction"], Payload=b"{}")
    answer = json.loads(told["Payload"].read())
    assert (answer.get("finished"), answer.get("canary_missing")) == (True, False), answer
    closed = facts.load(incident.id).last(Healed)
    assert closed
    assert closed.because == canary.HEARD
