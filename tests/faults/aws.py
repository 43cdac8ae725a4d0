"""An AWS that keeps what it is told and can fail at its n-th call: throttled, broken, silent, refusing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import writing
from tests.attack.siege import ANSWERS, BASIC
from tests.attack.test_trail import listed, record
from tests.aws.answers import ACCOUNT, BROKEN, DENIED, REGION, Answers, Refusal, Reply
from tests.aws.listening import Listening

FAULTS: dict[str, Refusal | Exception] = {
    "throttled": Refusal("ThrottlingException", "Rate exceeded", 400),
    "broken": BROKEN,
    "silent": ReadTimeoutError(endpoint_url="https://aws.example"),
    "denied": DENIED,
}


USUAL = [name if name == "silent" else pytest.param(name, marks=pytest.mark.slow) for name in FAULTS]
"""One fault by default, the others in the slow suite: to these callers an error is an error."""


@dataclass
class Aws(Answers):
    """The account of the siege, with a mute function; it remembers what was attached, published and stored."""

    table: dict[str, Reply] = field(default_factory=dict)
    otherwise: Reply | None = field(default_factory=lambda: DENIED)
    attached: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    published: list[dict[str, Any]] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    calls: int = 0
    at: int = -1
    fault: Refusal | Exception | None = None
    hit: str = ""

    def __post_init__(self) -> None:
        """What the account of the siege answers, and what changes here."""
        self.table = {
            **ANSWERS,
            "iam:ListRolePolicies": {"PolicyNames": []},
            "iam:ListAttachedRolePolicies": lambda _: {
                "AttachedPolicies": [{"PolicyName": arn.rsplit("/", 1)[-1], "PolicyArn": arn} for arn in self.attached]
            },
            "iam:AttachRolePolicy": self._attach,
            "iam:DetachRolePolicy": self._detach,
            "sts:AssumeRole": {
                "Credentials": {
                    "AccessKeyId": "A" * 16,
                    "SecretAccessKey": "s",
                    "SessionToken": "t",
                    "Expiration": "2026-11-24T00:00:00Z",
                }
            },
            "cloudtrail:LookupEvents": _history,
            "sns:Publish": self._publish,
            "s3:PutObject": self._store,
        }

    def _attach(self, params: Mapping[str, Any]) -> Any:
        self.attached += [] if params["PolicyArn"] in self.attached else [params["PolicyArn"]]
        self.made.append(params["PolicyArn"])
        return {}

    def _detach(self, params: Mapping[str, Any]) -> Any:
        self.attached.remove(params["PolicyArn"])
        return {}

    def _publish(self, params: Mapping[str, Any]) -> Any:
        self.published.append(dict(params))
        return {"MessageId": "m"}

    def _store(self, params: Mapping[str, Any]) -> Any:
        self.stored.append(params["Key"])
        return {}

    def _answer(self, model: Any, context: dict[str, Any], **more: object) -> Any:
        """Fail at the n-th call, before anything happens; answer the others."""
        self.calls += 1
        if self.calls != self.at or self.fault is None:
            return super()._answer(model, context, **more)
        self.hit = f"{model.service_model.service_name}:{model.name}"
        if isinstance(self.fault, Exception):
            raise self.fault
        from tests.aws.answers import refused  # noqa: PLC0415

        return refused(self.fault)

    def clients(self, region: str = REGION) -> Listening:
        """Clients on this account, also as another role."""
        return _Same(region, self._remember, self._answer)


class _Same(Listening):
    """Every role is played by the same clients."""

    def assumed(self, role_arn: str, session_name: str, policy: str | Mapping[str, Any]) -> Clients:
        """Count the call; the fence itself is tested elsewhere."""
        with writing(f"assume {role_arn}"):
            self.get("sts").assume_role(RoleArn=role_arn, RoleSessionName=session_name, DurationSeconds=900)
        return self


def _history(params: Mapping[str, Any]) -> Any:
    wanted = params["LookupAttributes"][0]
    return listed(record()) if wanted["AttributeKey"] == "EventId" else {"Events": []}


__all__ = ["ACCOUNT", "BASIC", "FAULTS", "Aws"]
