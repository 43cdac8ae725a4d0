"""iam:PassRole: whoever may pass a role can act as it, so this is advice for a person, always."""

from iam_watchdog.model import Advice, Denial, Layer
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, pass_role
from tests.rules.cases import ACCOUNT, allow, claiming, denial, documents, evidence, identity, said

TASKS = f"arn:aws:iam::{ACCOUNT}:role/tasks"
PASSING = denial("iam:PassRole", TASKS)


def test_it_is_silent_about_anything_else_and_when_it_is_allowed() -> None:
    assert pass_role.examine(denial("iam:GetRole", TASKS), evidence()) is None
    assert pass_role.examine(PASSING, evidence(identity(allow("iam:PassRole", TASKS)))) is None


def test_it_names_the_role_that_is_passed() -> None:
    found = diagnose(PASSING, evidence())
    assert (found.rule, found.layer) == ("pass_role", Layer.IDENTITY)
    assert f"may not call iam:PassRole on {TASKS}" in found.because


def test_it_is_advice_always() -> None:
    found, plan, _ = propose.plan(diagnose(PASSING, evidence()), PASSING, evidence())
    (fix,) = found.fixes
    assert isinstance(fix, Advice)
    assert plan is None


def test_a_message_that_blames_the_boundary_changes_nothing() -> None:
    found = diagnose(claiming(PASSING, Layer.BOUNDARY), evidence())
    assert (found.rule, found.layer) == ("pass_role", Layer.IDENTITY)


def _creating(operation: str, arn: str = TASKS) -> Denial:
    return denial("iam:PassRole", arn, said=said(Layer.IDENTITY, operation=operation))


def test_the_operation_tells_which_service_the_role_is_handed_to() -> None:
    (document,) = documents(diagnose(_creating("CreateFunction"), evidence()))
    (statement,) = document["Statement"]
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}


def test_an_operation_of_several_services_tells_none_and_neither_does_china() -> None:
    for creating in (_creating("CreateJob"), _creating("RunInstances", TASKS.replace("arn:aws:", "arn:aws-cn:"))):
        (document,) = documents(diagnose(creating, evidence()))
        assert "Condition" not in document["Statement"][0]


def test_a_role_that_may_be_handed_to_another_service_is_named_as_that_and_not_widened() -> None:
    to_tasks = allow(
        "iam:PassRole", TASKS, Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    )
    found = diagnose(_creating("CreateFunction"), evidence(identity(to_tasks)))
    assert found.rule == "pass_role"
    (document,) = documents(found)
    assert document["Statement"][0]["Condition"] == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}


def test_where_the_owner_tied_it_to_a_service_and_nobody_knows_this_one_no_statement_is_shown() -> None:
    to_tasks = allow(
        "iam:PassRole", TASKS, Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    )
    found = diagnose(claiming(PASSING, Layer.IDENTITY), evidence(identity(to_tasks)))
    assert documents(found) == []
