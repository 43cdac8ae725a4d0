"""What changed lately is told first; what a person took away is left to a person."""

from datetime import timedelta

from iam_watchdog.model import Change
from iam_watchdog.remedy import restore
from tests.rules.cases import NOON, ROLE, denial, evidence

BOT = "arn:aws:sts::111122223333:assumed-role/deploy/AWSCloudFormation"


def change(event: str, hours: float, by_person: bool = False) -> Change:
    return Change(NOON - timedelta(hours=hours), BOT, event, ROLE, by_person=by_person)


def test_what_only_adds_and_what_came_afterwards_is_not_suspected() -> None:
    seen = evidence(
        changes=[change("AttachRolePolicy", 1), change("DetachRolePolicy", -1), change("DetachRolePolicy", 999)]
    )
    assert restore.suspects(denial(), seen) == ()
    assert restore.notes(denial(), seen) == ()


def test_the_newest_removal_is_named_first() -> None:
    seen = evidence(changes=[change("DeleteRolePolicy", 5), change("DetachRolePolicy", 1)])
    first, second = restore.notes(denial(), seen)
    assert first.startswith(f"changed at 2026-11-23 11:00 UTC by {BOT}: DetachRolePolicy on {ROLE}")
    assert first.endswith("restoring it may be the least that ends the refusal")
    assert "DeleteRolePolicy" in second


def test_what_a_person_removed_is_asked_about() -> None:
    (note,) = restore.notes(denial(), evidence(changes=[change("PutRolePolicy", 1, by_person=True)]))
    assert note.endswith("ask before it is restored")


def test_what_reads_alike_is_said_once_and_pushes_nothing_else_out() -> None:
    seen = evidence(changes=[*(change("UpdateAssumeRolePolicy", 1),) * 3, change("DetachRolePolicy", 2)])
    trust, detached = restore.notes(denial(), seen)
    assert "UpdateAssumeRolePolicy" in trust
    assert "DetachRolePolicy" in detached
