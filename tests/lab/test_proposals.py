"""Every proposal is tried on the enforcing emulator: applied as written the call works, its sibling does not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iam_watchdog import rules
from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.detect.ground import Ground
from iam_watchdog.model import AddRoleStatements, Denial, Diagnosis, Plan
from iam_watchdog.ports import Settings
from iam_watchdog.remedy import propose
from iam_watchdog.remedy.document import policy_document
from iam_watchdog_cli.symptoms import from_text
from tests.lab.account import TRUST, Account
from tests.lab.calls import CASES, Call, Case

REFUSALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}


@pytest.fixture(scope="module")
def reader(account: Account) -> AccountReader:
    """One for all: making clients costs more than all they read."""
    lab = account.lab
    clients = Clients(account.session(), lab.endpoint, lab.region, attempts=1)
    return AccountReader(clients, Settings(lab.account, lab.region))


def explained(reader: AccountReader, text: str) -> tuple[Denial, Diagnosis, Plan | None]:
    """What `explain --message` finds for the text of a failed run."""
    ground = Ground(reader.settings.account, reader.settings.region)
    (denial, *_) = from_text(text, "", ground, datetime.now(UTC))
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


def running(account: Account, name: str, *may: dict[str, Any]) -> Running:
    """A function under a role of its own, which trusts Lambda alone once its session is there."""
    role = account.role(f"{name}-role", *may)
    account.function(name, role, "def handler(event, context): ...", wait=False)
    credentials = account.assume(role, session=name)
    account.client("iam").update_assume_role_policy(RoleName=f"{name}-role", PolicyDocument=json.dumps(TRUST))
    return Running(account, credentials)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_proposal_applied_as_written_works_and_opens_nothing_beside_it(
    case: Case, account: Account, reader: AccountReader
) -> None:
    name = f"prop-{case.name}"
    built = case.build(account, name)
    function = running(account, name, *case.may(built))
    denial, found, plan = explained(reader, function.refused(case.denied(built)))
    assert (denial.function, found.rule, str(found.confidence)) == (name, case.rule, "verified"), found
    assert plan, found
    assert plan.proof.holds
    for grant in plan.grants:
        assert isinstance(grant, AddRoleStatements)
        document = json.dumps(policy_document(grant.statements))
        account.client("iam").put_role_policy(RoleName=f"{name}-role", PolicyName="pasted", PolicyDocument=document)
    function.call(case.denied(built))
    function.refused(case.sibling(built))
