"""I added the permission and it still fails: the call was made as another role than the function's current one."""

from iam_watchdog.model import Confidence, Layer
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose, wrong_role
from tests.rules.cases import ACCOUNT, claiming, denial, evidence

OLD = f"arn:aws:sts::{ACCOUNT}:assumed-role/orders-role-old/orders"
ASSUMED = f"arn:aws:sts::{ACCOUNT}:assumed-role/reporting/session-7"


def test_it_is_silent_about_the_functions_own_role_and_about_no_role() -> None:
    assert wrong_role.examine(denial(), evidence()) is None
    assert wrong_role.examine(denial(principal=None), evidence()) is None
    assert wrong_role.examine(denial(principal="***"), evidence()) is None
    redacted = "arn:aws:sts::************:assumed-role/orders-role/orders"
    assert wrong_role.examine(denial(principal=redacted), evidence()) is None


def test_it_names_both_roles() -> None:
    found = diagnose(denial(principal=OLD), evidence())
    assert found.rule == "wrong_role"
    assert "while it ran as role orders-role-old, but its role is orders-role now" in found.because
    assert (found.confidence, found.bound) == (Confidence.REPORTED, False)
    found = diagnose(denial(principal=ASSUMED), evidence())
    assert "as role reporting, which it had assumed, not as its own role orders-role" in found.because


def test_two_roles_of_one_name_are_told_apart_by_account() -> None:
    found = diagnose(denial(principal="arn:aws:sts::999988887777:assumed-role/orders-role/orders"), evidence())
    assert found.rule == "wrong_role"
    assert (
        f"role orders-role of account 999988887777, but its role is orders-role of account {ACCOUNT} now"
        in found.because
    )


def test_nothing_is_granted_to_either() -> None:
    refused = denial(principal=OLD)
    found, plan, proof = propose.plan(diagnose(refused, evidence()), refused, evidence())
    assert (found.fixes, plan, proof) == ((), None, None)


def test_a_message_about_another_principal_is_not_evaluated_as_ours() -> None:
    refused = claiming(denial(principal="arn:aws:iam::111122223333:user/alice"), Layer.IDENTITY)
    assert "was refused to arn:aws:iam::111122223333:user/alice" in diagnose(refused, evidence()).because
