"""The fence holds by itself: every attempt of the cells, judged by our own evaluator over the translated Hands roles.

Which oracle judged which cell: all of them here; those marked `emulator` are also tried with the Hands' real
credentials in the lab, those marked `evaluator` are not (the emulator leaves role paths, other accounts and function
prefixes aside).
"""

from __future__ import annotations

import json

import pytest

from iam_watchdog import policy
from iam_watchdog.guard.lists import CALLERS
from iam_watchdog.model import Layer, Policy, Request
from tests.template.deciding import allowed, decide, documents, policies, properties, session
from tests.template.fence_cells import CELLS, EVALUATOR, Cell
from tests.template.translate import ACCOUNT, REGION

BY_NAME = {cell.name: cell for cell in CELLS}


def test_there_are_enough_cells_and_no_name_twice() -> None:
    assert len(BY_NAME) == len(CELLS)
    assert sum(not c.allowed for c in CELLS) >= 26
    assert {c.oracle for c in CELLS if not c.allowed} == {EVALUATOR, "emulator"}


@pytest.mark.parametrize("cell", [c for c in CELLS if not c.allowed], ids=lambda c: c.name)
def test_every_denied_attempt_has_an_allowed_twin_that_differs_in_one_fact(cell: Cell) -> None:
    twin = BY_NAME[cell.twin]
    assert twin.allowed
    assert len(cell.differs_from(twin)) == 1, cell.differs_from(twin)


@pytest.mark.parametrize("cell", CELLS, ids=lambda c: c.name)
def test_the_fence_lets_through_what_it_must_and_nothing_else(cell: Cell) -> None:
    assert allowed(decide(cell.given, cell.hands, cell.action, cell.arn, cell.context)) is cell.allowed


@pytest.mark.parametrize("hands", ["HandsAuto", "HandsApproved"])
def test_the_hands_own_statements_are_their_boundary_too(hands: str) -> None:
    own = properties("auto_and_approvals", hands)
    assert own["ManagedPolicyArns"] == [own["PermissionsBoundary"]]
    assert "Policies" not in own


@pytest.mark.parametrize("hands", ["HandsAuto", "HandsApproved"])
def test_the_fence_fits_a_managed_policy_with_room_for_a_longer_list(hands: str) -> None:
    (document,) = documents("auto_and_approvals", hands)
    # White space does not count: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    assert len("".join(json.dumps(document).split())) < 5400


def test_the_fence_lets_in_the_same_callers_as_the_guard() -> None:
    (document,) = documents("auto_and_approvals", "HandsApproved")
    named = [s["Condition"]["StringEquals"]["lambda:Principal"] for s in document["Statement"] if s["Sid"] == "Permit"]
    denied = [
        s["Condition"]["StringNotEquals"]["lambda:Principal"]
        for s in document["Statement"]
        if s["Sid"] == "ListedCallersOnly"
    ]
    assert named == denied == [list(CALLERS)]


# ------------------------------------------------------------------ who may become the Hands

REMEDIATE = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:iam-watchdog-remediate"
SOURCE = {"lambda:SourceFunctionArn": (REMEDIATE,)}
NAMED = {"sts:RoleSessionName": ("wd-0123456789abcdef0123",)}


def _becomes(role: str, context: dict[str, tuple[str, ...]], hands: str = "HandsApproved") -> bool:
    given = "auto_and_approvals"
    arn = f"arn:aws:iam::{ACCOUNT}:role/{properties(given, hands)['RoleName']}"
    trust = Policy(Layer.TRUST, "trust", json.dumps(properties(given, hands)["AssumeRolePolicyDocument"]), on=arn)
    request = Request(session(given, role, "x"), "sts:AssumeRole", arn, ACCOUNT, context)
    return allowed(policy.decide(request, [*policies(given, role), trust]))


@pytest.mark.parametrize("hands", ["HandsAuto", "HandsApproved"])
def test_remediate_becomes_the_hands(hands: str) -> None:
    assert _becomes("RemediateRole", {**SOURCE, **NAMED}, hands)


@pytest.mark.parametrize(
    ("role", "context"),
    [
        ("DiagnoseRole", {**SOURCE, **NAMED}),
        ("VerifyRole", {**SOURCE, **NAMED}),
        ("ApproveRole", {**SOURCE, **NAMED}),
        ("HandsApproved", {**SOURCE, **NAMED}),
        ("RemediateRole", NAMED),
        ("RemediateRole", {"lambda:SourceFunctionArn": (REMEDIATE.replace("remediate", "verify"),), **NAMED}),
        ("RemediateRole", {**SOURCE, "sts:RoleSessionName": ("admin",)}),
        ("RemediateRole", SOURCE),
    ],
)
def test_nobody_else_and_not_otherwise(role: str, context: dict[str, tuple[str, ...]]) -> None:
    """The allowed twin is the test above: each of these differs from it in the role or in one key."""
    assert not _becomes(role, context)


def test_remediate_writes_nothing_under_its_own_name() -> None:
    actions = {a for d in documents("auto_and_approvals", "RemediateRole") for s in d["Statement"] for a in _allows(s)}
    reads = ("Get", "List", "Describe", "Lookup", "Decode")
    iam = {a for a in actions if a.startswith(("iam:", "lambda:", "kms:", "s3:", "secretsmanager:"))}
    assert {a for a in iam if not a.split(":")[1].startswith(reads)} == set()


def _allows(statement: dict[str, object]) -> list[str]:
    action = statement["Action"] if statement["Effect"] == "Allow" else []
    return [action] if isinstance(action, str) else list(action)  # type: ignore[call-overload]
