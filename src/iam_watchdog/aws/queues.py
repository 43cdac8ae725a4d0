"""The queues: one message is one reference, never a payload to be trusted."""

from __future__ import annotations

import json
from typing import Any

from iam_watchdog import records
from iam_watchdog.model import Incident, Step, StepKind

ACTIONS = ("sqs:SendMessage",)
LONGEST = 900
"""Seconds that SQS may hold a message back: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
_CHANGES = frozenset({StepKind.APPLY, StepKind.UNDO})


class SqsQueue:
    """ports.Queue; a URL that this function may not send to is "" and says so when used."""

    def __init__(self, client: Any, denials: str = "", steps: str = "", trials: str = "") -> None:
        self.client = client
        self.denials = denials
        self.steps = steps
        self.trials = trials

    def diagnose(self, incident: Incident, *, quietly: bool = False, after: int = 0) -> None:
        """Ask Diagnose to look at this incident, after some seconds; quietly: a digest tells of it, no message."""
        body = {"incident": incident.id, "cycle": incident.cycle} | ({"quietly": True} if quietly else {})
        self._send(self.denials, body, after)

    def digest(self, name: str) -> None:
        """Ask Diagnose to tell a stored digest."""
        self._send(self.denials, {"digest": name}, 0)

    def step(self, step: Step, after: int = 0) -> None:
        """Ask Remediate (apply, undo) or Verify (verify, tell) for one step, after some seconds (900 at the most)."""
        self._send(self.steps if step.kind in _CHANGES else self.trials, records.dump(step), after)

    def _send(self, url: str, body: object, after: int) -> None:
        if not url:
            raise LookupError(f"queue: this function has no queue for {json.dumps(body)[:200]}; see its environment")
        delay = min(after, LONGEST)
        self.client.send_message(QueueUrl=url, MessageBody=records.canonical(body), DelaySeconds=delay)
