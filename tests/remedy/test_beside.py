"""What else hangs on a role is said before it is changed, and only then."""

from __future__ import annotations

from dataclasses import replace

from iam_watchdog.model import Advice, AttachManagedPolicy, Diagnosis, Layer, Role
from iam_watchdog.remedy import propose
from iam_watchdog.remedy.beside import briefly, notes
from iam_watchdog.rules import diagnose
from tests.rules.cases import BUCKET, ROLE, allow, denial, evidence, identity, role, trust

BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
ATTACH = (AttachManagedPolicy(ROLE, BASIC),)
STACK = "role orders-role belongs to CloudFormation stack shop (logical id OrdersRole): make the lasting change there"
BLOCKS = "a policy put on the role beside it blocks the stack's deletion"


def found(of: Role) -> Diagnosis:
    return propose.plan(diagnose(denial(), seen := evidence(role=of)), denial(), seen)[0]


def test_a_role_of_its_own_is_not_talked_about() -> None:
    assert notes(ATTACH, Role(ROLE)) == ()
    assert briefly(ATTACH, Role(ROLE)) == ""
    assert notes(ATTACH, None) == ()
    assert not [note for note in found(role()).notes if "stack" in note or "too" in note]


def test_what_could_not_be_read_is_said_among_the_unread_and_not_here() -> None:
    unknown = Role(ROLE, stack="(could not be read)", shared_with=("(could not be read)",))
    assert notes(ATTACH, unknown) == ()
    assert briefly(ATTACH, unknown) == ""


def test_a_fix_elsewhere_says_nothing_of_the_role() -> None:
    kept = Role(ROLE, stack="shop", logical_id="OrdersRole", shared_with=("billing",))
    assert notes((Advice(Layer.RESOURCE, BUCKET, "The bucket's owner lets it in."),), kept) == ()
    assert notes((AttachManagedPolicy(f"{ROLE}-old", BASIC),), kept) == ()
    allowed = evidence(identity(allow("s3:*")), role=kept)
    assert not [n for n in propose.plan(diagnose(denial(), allowed), denial(), allowed)[0].notes if "shop" in n]


def test_the_stack_and_the_logical_id_are_named_first() -> None:
    kept = replace(role(), stack="shop", logical_id="OrdersRole")
    assert found(kept).notes[0] == f"{STACK}; {BLOCKS}"
    assert notes(ATTACH, replace(kept, logical_id=None))[0].startswith(
        "role orders-role belongs to CloudFormation stack shop: make"
    )


def test_who_may_assume_the_role_is_the_stacks_as_well_and_puts_no_policy_on_it() -> None:
    kept = Role(ROLE, stack="shop", logical_id="OrdersRole", shared_with=("billing",))
    assert notes((Advice(Layer.TRUST, ROLE, "Let Lambda assume it."),), kept) == (STACK,)
    assert briefly((Advice(Layer.TRUST, ROLE, "Let Lambda assume it."),), kept) == ""


def test_the_other_functions_are_listed() -> None:
    one, two = Role(ROLE, shared_with=("billing",)), Role(ROLE, shared_with=("billing", "returns", "(rest)"))
    assert notes(ATTACH, one) == ("function billing runs under role orders-role too: it is given the same",)
    assert notes(ATTACH, two) == (
        "functions billing and returns run under role orders-role too: they are given the same",
    )
    many = Role(ROLE, shared_with=tuple(f"f{n}" for n in range(40)))
    assert notes(ATTACH, many)[0].startswith("functions f0, f1, f2, f3, f4, f5 and 34 more run under")


def test_a_dialog_has_it_in_one_line() -> None:
    kept = Role(ROLE, stack="shop", logical_id="OrdersRole", shared_with=("billing", "returns", "stock"))
    assert briefly(ATTACH, kept) == "also given to billing, returns and 1 more; make it last in stack shop"


def test_a_trust_policy_that_is_in_order_is_no_reason_either() -> None:
    seen = evidence(trust(), identity(allow("s3:*")), role=Role(ROLE, stack="shop"))
    assert propose.plan(diagnose(denial(), seen), denial(), seen)[0].notes == diagnose(denial(), seen).notes
