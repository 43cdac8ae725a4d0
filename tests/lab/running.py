"""A function's session on the lab, and what `explain` finds for the text of its refusal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iam_watchdog import rules
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.detect.ground import Ground
from iam_watchdog.model import Denial, Diagnosis, Plan
from iam_watchdog.remedy import propose
from iam_watchdog_cli.symptoms import from_text
from tests.lab.account import TRUST, Account
from tests.lab.calls import Call

REFUSALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"}


def denials(reader: AccountReader, text: str, function: str = "") -> tuple[Denial, ...]:
    """All refusals of a text."""
    ground = Ground(reader.settings.account, reader.settings.region)
    return from_text(text, function, ground, datetime.now(UTC))


def explained(reader: AccountReader, text: str, function: str = "") -> tuple[Denial, Diagnosis, Plan | None]:
    """What `explain --message` finds for the text of a failed run; a text that names nobody needs the function."""
    (denial, *_) = denials(reader, text, function)
    evidence = reader.gather(denial)
    found, plan, _proof = propose.plan(rules.diagnose(denial, evidence), denial, evidence)
    return denial, found, plan


@dataclass(frozen=True)
class Running:
    """A function's session as its code has it: the role's credentials under the function's name, and no more."""

    account: Account
    credentials: dict[str, str]

    def call(self, call: Call) -> Any:
        client = self.account.client(call["service"], self.credentials)
        return getattr(client, call["operation"])(**call["params"])

    def refused(self, call: Call) -> str:
        """The error as the SDK words it."""
        with pytest.raises(ClientError) as error:
            self.call(call)
        assert error.value.response["Error"]["Code"] in REFUSALS, error.value
        return str(error.value)


def running(account: Account, name: str, *may: dict[str, Any], **about: Any) -> Running:
    """A function under a role of its own, which trusts Lambda alone once its session is there."""
    role = account.role(f"{name}-role", *may, **about)
    account.function(name, role, "def handler(event, context): ...", wait=False)
    account.passing.append(name)
    credentials = account.assume(role, session=name)
    account.client("iam").update_assume_role_policy(RoleName=f"{name}-role", PolicyDocument=json.dumps(TRUST))
    return Running(account, credentials)
