"""iam:PassRole: whoever may pass a role can act as it, so this is advice for a person, always."""

from iam_watchdog.model import Advice, Layer
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, pass_role
from tests.rules.cases import ACCOUNT, allow, claiming, denial, evidence, identity

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
