"""What a scenario may do: build and break functions as their owner would, and look on as a person would."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iam_watchdog.model import Incident, Proposed, Status, Tried
from iam_watchdog.ports import Facts
from iam_watchdog.status import derive
from iam_watchdog_cli import slack_view, watch
from iam_watchdog_cli.connection import Connection
from iam_watchdog_cli.lab.state import Lab
from iam_watchdog_cli.scenarios import slack_user

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
WRITES_LOGS = "service-role/AWSLambdaBasicExecutionRole"
PATIENCE = 30.0
"""Seconds that a scenario waits for the watchdog before it counts as failed."""


class Unexpected(Exception):
    """The scenario did not end as it should; the message says what was seen instead."""


@dataclass
class Stage:
    """One played scenario's hands and eyes."""

    lab: Lab
    account: Connection
    facts: Facts
    outputs: dict[str, str]
    say: Callable[[str], None]
    clock: Callable[[], Any]
    prefix: str = "shop"
    boundary: str = ""
    _shown: set[str] = field(default_factory=set)

    def client(self, service: str) -> Any:
        """A client of the lab with the owner's (admin) credentials."""
        return self.account.client(service)

    # ------------------------------------------------------------ what an owner does

    def role(self, name: str, tags: dict[str, str], *, managed: str = "", boundary: str = "") -> str:
        """Create an execution role; `managed` is attached to it."""
        extra = {"PermissionsBoundary": boundary} if boundary else {}
        made = self.client("iam").create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(TRUST),
            Tags=[{"Key": k, "Value": v} for k, v in tags.items()],
            **extra,
        )
        if managed:
            self.client("iam").attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{managed}")
        return str(made["Role"]["Arn"])

    def allow(self, role: str, name: str, document: dict[str, Any]) -> None:
        """Put an inline policy on a role, as its owner would by hand."""
        self.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))

    def function(self, name: str, role_arn: str, source: str, environment: dict[str, str] | None = None) -> None:
        """Create a function that really runs."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("app.py", source)
        self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role_arn,
            Handler="app.handler",
            Timeout=20,
            Code={"ZipFile": archive.getvalue()},
            Environment={"Variables": environment or {}},
        )
        self.until("the function to become active", lambda: self._state(name) == "Active")

    def _state(self, name: str) -> str:
        return str(self.client("lambda").get_function_configuration(FunctionName=name)["State"])

    def safe_event(self, name: str, event: dict[str, Any]) -> None:
        """Say with which event the function may be re-invoked."""
        self.client("ssm").put_parameter(Name=f"/iam-watchdog/verify/{name}", Type="String", Value=json.dumps(event))

    def watch(self, name: str) -> None:
        """Subscribe the function's log group, as `iam-watchdog watch` does."""
        watch.subscribe(self.account, name, self.outputs["DetectFunction"])

    def invoke(self, name: str, event: dict[str, Any] | None = None) -> tuple[bool, Any]:
        """Run the function; True and its answer, or False and its error."""
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event or {}).encode())
        payload = json.loads(answer["Payload"].read() or b"null")
        return "FunctionError" not in answer, payload

    def sweep(self) -> None:
        """Run the sweep now, as its schedule would."""
        function = self.outputs["SweepFunction"]
        answer = self.client("lambda").invoke(FunctionName=function, Payload=b'{"source": "aws.events"}')
        if "FunctionError" in answer:
            raise Unexpected(f"the sweep failed: {answer['Payload'].read()[:2000]!r}")

    def press(self, incident: Incident, button: str) -> None:
        """Press a button of the incident's message, as an approver in Slack."""
        answer = slack_user.press(self.lab, self.outputs["ApproveUrl"], self.slack(incident), button)
        self.say(f"pressed {button}; Slack was answered {answer}")

    def log_lines(self, function: str) -> list[str]:
        """What the function's log group holds; empty when the group does not exist."""
        logs = self.client("logs")
        try:
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [str(event["message"]) for event in events]

    # ------------------------------------------------------------ what a person sees

    def incident(self, function: str, *statuses: Status) -> Incident:
        """Wait until the watchdog's incident about a function stands at one of these."""
        found: list[Incident] = []

        def there() -> bool:
            found[:] = [i for i in self._about(function) if derive(i, self.clock()) in statuses]
            return bool(found)

        self.until(f"the incident of {function} to be {' or '.join(statuses)}", there, lambda: self._stands(function))
        return found[0]

    def _about(self, function: str) -> list[Incident]:
        return [i for i in self.facts.listing() if i.denial.function == function]

    def _stands(self, function: str) -> str:
        return "; ".join(self._stand(incident) for incident in self._about(function)) or "no incident at all"

    def _stand(self, incident: Incident) -> str:
        facts, found = [type(fact).__name__ for fact in incident.facts], incident.last(Proposed)
        why = f"{found.diagnosis.rule}, refused: {dict(found.refusals)}" if found else "not diagnosed"
        tried = incident.last(Tried)
        trial = f"; last trial: {tried.trial.how}: {tried.trial.detail}" if tried else ""
        return f"{incident.denial.action} is {derive(incident, self.clock())} ({why}; facts: {', '.join(facts)}{trial})"

    def slack(self, incident: Incident) -> list[dict[str, Any]]:
        """What Slack accepted about the incident, oldest first."""
        return [m for m in _lines(Path(self.lab.slack_inbox)) if m["ok"] and incident.id in json.dumps(m)]

    def sns(self, incident: Incident) -> list[dict[str, Any]]:
        """What machines subscribed to the topic got about the incident, oldest first."""
        sent = [json.loads(m["Message"]) for m in _lines(Path(self.lab.sns_inbox)) if incident.id in m["Message"]]
        return [message for message in sent if message.get("incident") == incident.id]

    def notification(self, incident: Incident, status: Status) -> dict[str, Any]:
        """Wait for the notification that says that the incident stands there."""

        def told() -> list[dict[str, Any]]:
            return [message for message in self.sns(incident) if message["status"] == status]

        self.until(f"the notification that it is {status}", lambda: bool(told()), lambda: self._heard(incident))
        return told()[-1]

    def _heard(self, incident: Incident) -> str:
        said = [message["status"] for message in self.sns(incident)]
        return f"{self._stands(incident.denial.function)}; notified: {', '.join(said) or 'nothing'}"

    def show_slack(self, incident: Incident) -> str:
        """Wait for the message in the channel and show it as it looks; the text of it."""
        self.until("the message in Slack", lambda: bool(self.slack(incident)))
        newest = self.slack(incident)[-1]
        self.say(slack_view.draw([m for m in self.slack(incident) if not m.get("thread_ts")][-1]))
        return json.dumps(newest)

    def until(self, what: str, there: Callable[[], bool], otherwise: Callable[[], str] = lambda: "") -> None:
        """Look again and again until it is there. Raises Unexpected when patience ends."""
        end = time.monotonic() + PATIENCE
        while not there():
            if time.monotonic() > end:
                raise Unexpected(f"waited {PATIENCE:.0f} s for {what}; {otherwise() or 'it did not come'}")
            time.sleep(0.1)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text().splitlines():
        yield json.loads(line)
