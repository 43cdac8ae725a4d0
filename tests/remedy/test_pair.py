"""Two removals that only together end the refusal: silent where one is enough, or where two are not."""

from __future__ import annotations

from typing import Any

from iam_watchdog.model import AddRoleStatements, Advice, Change, Diagnosis, Plan, Target
from tests.remedy.removals import change, deleted, detached
from tests.remedy.test_offer import MINE, proposed
from tests.rules.cases import ACCOUNT, BUCKET, KEY, OBJECT, ROLE, allow, denial, deny, encrypted, evidence, key_policy

TIED: Any = {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}
VIA: Any = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
READ = allow("s3:GetObject", f"{BUCKET}/incoming/2026/*", Condition=TIED)
DECRYPT = allow("kms:Decrypt", KEY, Condition=VIA)
READS = deleted(READ, name="reads", hours=2)
DECRYPTS = deleted(DECRYPT, name="decrypts", hours=3, who=f"arn:aws:iam::{ACCOUNT}:user/bob")


def after(*changes: Change) -> tuple[Diagnosis, Plan | None]:
    targets: tuple[Target, ...] = encrypted()
    return proposed(evidence(key_policy(), targets=targets, changes=changes), denial("s3:GetObject", OBJECT))


def told(found: Diagnosis) -> str:
    return found.notes[0] if found.notes else ""


def test_one_of_two_that_are_needed_is_not_offered_and_neither_is_it_with_what_does_not_matter() -> None:
    unhelpful = deleted(allow("sqs:SendMessage", "*"), name="sends")
    for changes in ((READS,), (DECRYPTS,), (READS, unhelpful), (unhelpful, DECRYPTS)):
        found, plan = after(*changes)
        assert (found.fixes, plan) == (after()[0].fixes, after()[1])
        assert found.instead == ()
        assert not told(found).startswith("Restore")


def test_where_one_is_enough_it_alone_is_put_back() -> None:
    whole = deleted(READ, DECRYPT, name="whole", hours=4)
    found, _ = after(READS, DECRYPTS, whole)
    assert "inline policy whole" in told(found)
    assert "together" not in told(found)


def test_two_that_are_the_least_together_are_the_fix() -> None:
    found, plan = after(READS, DECRYPTS)
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert {s.actions for s in fix.statements} == {("s3:GetObject",), ("kms:Decrypt",)}
    assert plan
    assert plan.grants == (fix,)
    assert plan.proof.holds
    assert told(found) == (
        "Restore what alice removed at 2026-11-23 10:00 UTC, and bob at 2026-11-23 09:00 UTC (DeleteRolePolicy), which "
        "only together end the refusal: put back what inline policy reads allowed, and put back what inline policy "
        "decrypts allowed (DeleteRolePolicy); ask alice and bob first"
    )


def test_what_is_wider_together_is_an_alternative_with_its_surplus() -> None:
    found, plan = after(READS, deleted(allow("kms:*", "*"), name="wide", hours=3))
    assert (found.fixes, plan) == (after()[0].fixes, after()[1])
    (fix,) = found.instead
    assert isinstance(fix, AddRoleStatements)
    assert "It would also allow kms:* on *." in told(found)


def test_a_document_and_a_policy_that_was_detached_are_one_piece_of_advice() -> None:
    found, plan = after(detached(MINE, READ), DECRYPTS)
    assert (found.fixes, plan) == (after()[0].fixes, after()[1])
    (fix,) = found.instead
    assert isinstance(fix, Advice)
    assert (fix.target, fix.statements) == (ROLE, ())
    assert f"aws iam attach-role-policy --role-name orders-role --policy-arn {MINE}" in fix.text
    assert "Put back what inline policy decrypts allowed." in fix.text


def test_a_deny_that_comes_back_with_one_of_them_and_still_refuses_it_helps_nobody() -> None:
    shut = deleted(DECRYPT, deny("s3:GetObject", "*"), name="decrypts", hours=3)
    assert after(READS, shut)[0].instead == ()


def test_a_grant_on_a_key_stands_by_itself() -> None:
    grant = {"keyId": KEY, "granteePrincipal": ROLE, "operations": ["Decrypt"]}
    assert after(READS, change("RevokeGrant", {"grant": grant}, on=KEY))[0].instead == ()
