"""What a scenario may do: build and break functions as their owner would, and look on as a person would."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iam_watchdog.model import Incident, Proposed, Status, Tried
from iam_watchdog.ports import Facts
from iam_watchdog.status import derive
from iam_watchdog_cli import slack_view
from iam_watchdog_cli.scenarios import slack_user
from iam_watchdog_cli.scenarios.owner import Owner


@dataclass
class Stage(Owner):
    """One played scenario: the owner's hands and a person's eyes."""

    facts: Facts
    say: Callable[[str], None]
    clock: Callable[[], Any]
    prefix: str = "shop"
    boundary: str = ""

    def press(self, incident: Incident, button: str) -> None:
        """Press a button of the incident's message, as an approver in Slack."""
        answer = slack_user.press(self.lab, self.outputs["ApproveUrl"], self.slack(incident), button)
        self.say(f"an approver presses {button.capitalize()} in Slack; the signed click is answered {answer}")

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
        self.say("Slack shows:\n" + slack_view.draw([m for m in self.slack(incident) if not m.get("thread_ts")][-1]))
        return json.dumps(newest)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text().splitlines():
        yield json.loads(line)
