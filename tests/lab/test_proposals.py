"""Every proposal is tried on the enforcing emulator: applied as written the call works, its sibling does not."""

from __future__ import annotations

import json

import pytest

from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.model import AddRoleStatements
from iam_watchdog.remedy.document import policy_document
from tests.lab.account import Account
from tests.lab.calls import CASES, Case
from tests.lab.more_calls import MORE
from tests.lab.running import explained, running


@pytest.mark.parametrize("case", [*CASES, *MORE], ids=lambda case: case.name)
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
