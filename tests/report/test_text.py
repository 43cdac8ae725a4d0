"""The e-mail and the first line."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.model import (
    WATCHDOG,
    Answer,
    Applied,
    Approved,
    Change,
    Dismissed,
    Healed,
    Incident,
    Kind,
    Prepared,
    Proof,
    Receipt,
    Snoozed,
    Stale,
    Trial,
    Tried,
    Undone,
    Witness,
)
from iam_watchdog.ports import Settings
from iam_watchdog.report.text import mail_subject, text
from iam_watchdog.report.words import first_line
from tests.report.hostile import TEXTS, UNSEEN, filled
from tests.report.incidents import (
    ACCOUNT,
    NOW,
    SETTINGS,
    advice,
    denial,
    diagnosis,
    grant,
    incident,
    minutes,
    proposed,
    with_facts,
)

PLAN = proposed().plan_hash
UNDECIDED = proposed(diagnosis(rule="undecided", layer=None, fixes=()), plan=None)
APPLIED = (Prepared(minutes(5), (Receipt(grant(), "x", None),), PLAN, "U0"), Applied(minutes(4), PLAN, "U0"))


def line_of(of: Incident) -> str:
    return first_line(of, SETTINGS, NOW)


@pytest.mark.parametrize(
    ("facts", "end"),
    [
        ((), "still failing, last 1 min ago · not diagnosed yet"),
        ((proposed(),), "fix ready, waiting for Apply"),
        ((proposed(refusals={WATCHDOG: (), "person": ()}),), "fix ready, being applied"),
        ((proposed(refusals={WATCHDOG: ("tag",), "person": ("tag",)}),), "fix ready, to be applied by hand"),
        ((proposed(diagnosis(advice())),), "not ours to change: advice for the owner of the target's policy"),
        (
            (proposed(diagnosis(rule="undecided", layer=None, fixes=()), plan=None),),
            "not understood yet: see what to check",
        ),
        ((proposed(), Approved(minutes(5), "U0", PLAN, "n")), "fix approved, being applied"),
        ((proposed(), *APPLIED), "fix applied, being tried"),
        ((proposed(), *APPLIED, Tried(minutes(1), Trial(True, "invoke", "ok"), 2, True)), "fix verified"),
        ((proposed(), *APPLIED, Undone(minutes(1), "it did not help")), "fix undone: it did not help"),
        ((proposed(), *APPLIED, Undone(minutes(1), "x", refused="changed since")), "UNDO REFUSED: changed since"),
        ((proposed(), Stale(minutes(1), "the role is gone")), "fix not applied: the role is gone"),
        ((proposed(), Healed(minutes(1))), "14 times from 03:02 UTC to 03:11 UTC · refused no more · alice"),
        ((proposed(), Healed(minutes(1))), "before it began · nothing to do"),
        ((proposed(), *APPLIED, Healed(minutes(1))), "before it began · the change stays"),
        ((proposed(), Dismissed(minutes(1), "U0")), "still failing, last 1 min ago · alice"),
        ((proposed(), Dismissed(minutes(1), "U0", NOW)), "still failing"),
        ((proposed(), Dismissed(minutes(1), "U0", NOW + timedelta(30))), "dismissed until 2026-12-23 03:12 UTC"),
        ((proposed(), Snoozed(minutes(1), "U0", NOW + timedelta(1))), "snoozed until 2026-11-24 03:12 UTC"),
    ],
)
def test_the_first_line_ends_with_what_comes_next(facts: tuple[object, ...], end: str) -> None:
    """One end for each status."""
    assert end in line_of(with_facts(incident(), *facts))  # type: ignore[arg-type]


def test_a_change_after_the_first_refusal_is_not_its_cause() -> None:
    """Somebody who came to help is not named as the culprit."""
    late = proposed(changes=(proposed().changes[0].__class__(minutes(2), "bob", "PutRolePolicy", "role/x"),))
    assert "bob" not in line_of(incident(late))


def test_an_old_refusal_is_not_called_going_on() -> None:
    """Fifteen minutes without one."""
    quiet = incident(proposed(), last_seen=minutes(61))
    assert "last refused 1 h ago" in line_of(quiet)
    assert "still failing" not in line_of(quiet)


def test_another_days_time_has_its_date() -> None:
    """At three in the morning yesterday is near."""
    old = incident(proposed(), first_seen=NOW - timedelta(days=1))
    assert "since 2026-11-22 03:12 UTC" in line_of(old)


def test_the_alias_belongs_to_its_account_only() -> None:
    """Another account's incident must not carry our name."""
    assert line_of(incident(proposed(), of=denial(account="999988887777"))).startswith("999988887777 eu-central-1")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Kind.LAMBDA_ASSUME_ROLE, "orders-api: does not start, Lambda may not assume its role"),
        (Kind.LAMBDA_ENV_KMS, "orders-api: does not start, its environment variables cannot be decrypted"),
        (Kind.INVOKE_PERMISSION, "orders-api: events.amazonaws.com (arn:aws:events:x:rule/r) may not start it"),
    ],
)
def test_each_symptom_has_its_own_words(kind: Kind, said: str) -> None:
    """The symptom as a person sees it."""
    other = denial(kind=kind, principal="events.amazonaws.com", source_arn="arn:aws:events:x:rule/r")
    assert said in line_of(incident(proposed(), of=other))


def test_what_is_not_known_is_said() -> None:
    """No action, no resource, no function."""
    blank = denial(function="", action="", resource=None, witness=Witness.LOG)
    said = line_of(incident(of=blank))
    assert "a function that could not be told: a call was refused, it is not said which" in said


def test_the_mail_ends_with_the_exact_policy() -> None:
    """To paste, with nothing to cut out."""
    mail = text(incident(proposed()), SETTINGS, NOW)
    document = json.loads(mail[mail.index("\n{\n") :])
    assert document["Statement"][0]["Resource"] == "arn:aws:s3:::orders-incoming/2026/11/*"


def test_the_mail_says_what_could_not_be_read() -> None:
    """Unknown is said, not rounded."""
    assert "- scp: service control policies: members" in text(incident(proposed()), SETTINGS, NOW)


def test_a_surplus_is_listed() -> None:
    """A managed policy is what it is."""
    proof = Proof(Answer.IMPLICIT, Answer.ALLOWED, surplus=tuple(f"logs:Do{n}" for n in range(14)))
    mail = text(incident(proposed(proof=proof)), SETTINGS, NOW)
    assert "because a managed policy comes whole: logs:Do0, logs:Do1" in mail
    assert "and 2 more" in mail


def test_without_approvers_the_command_is_given() -> None:
    """The default deployment has no button."""
    mail = text(incident(proposed()), Settings(ACCOUNT, "eu-central-1"), NOW)
    assert "No approvers are configured" in mail
    assert "aws iam put-role-policy --role-name orders-api-role" in mail


@pytest.mark.parametrize("hostile", TEXTS)
def test_hostile_text_stays_within_a_mail(hostile: str) -> None:
    """No control character, no flood."""
    for advised in (False, True):
        mail = text(filled(hostile, advice=advised), SETTINGS, NOW)
        assert not UNSEEN & set(mail)
        assert len(mail) <= 30_001


@given(st.text(max_size=120))
def test_any_function_name_makes_a_subject(name: str) -> None:
    """ASCII, fewer than 100 characters."""
    subject = mail_subject(incident(proposed(), of=denial(function=name)), NOW)
    assert subject.isascii()
    assert 0 < len(subject) < 100


@pytest.mark.parametrize(
    ("who", "named"),
    [
        ("arn:aws:iam::111122223333:user/alice", "alice did"),
        ("arn:aws:sts::111122223333:assumed-role/ci-runner/alice", "alice (as ci-runner) did"),
    ],
)
def test_a_name_that_a_session_chose_for_itself_is_no_person_s(who: str, named: str) -> None:
    """Whoever may assume a role may call the session by anybody's name."""
    change = Change(minutes(20), who, "DetachRolePolicy", "orders-api-role")
    assert f"· {named} DetachRolePolicy on" in first_line(incident(proposed(changes=(change,))), SETTINGS, NOW)
