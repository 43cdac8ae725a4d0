"""What became of a proposal: what is still open is not told as done first, then each end in its own words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from iam_watchdog.happened import ENDED_BY
from iam_watchdog.model import (
    WATCHDOG,
    AddInvokePermission,
    Applied,
    Approved,
    AttachManagedPolicy,
    Dismissed,
    Fact,
    Grant,
    Healed,
    Incident,
    Prepared,
    Receipt,
    Role,
    Snoozed,
    Stale,
    Trial,
    Tried,
    Undone,
)
from iam_watchdog.report.amazon_q import amazon_q
from iam_watchdog.report.became import became
from iam_watchdog.report.html import page
from iam_watchdog.report.slack import message, reply
from iam_watchdog.report.slack_text import as_text
from iam_watchdog.report.text import mail_subject, text
from tests.report.hostile import TEXTS, UNSEEN, filled
from tests.report.incidents import (
    NOW,
    ROLE,
    SETTINGS,
    denial,
    grant,
    incident,
    minutes,
    proposed,
    with_facts,
)
from tests.report.test_html import Reader
from tests.slack.block_kit import objections

PLAN = proposed().plan_hash
ANSWERED = Trial(True, "invoke", "the function answered (version $LATEST)")
SAME = Trial(False, "invoke", "the function failed: the same denial", same_denial=True)
IDLE = Trial(False, "observe", "applied, not observed within 24 hours: it has not run since", clear=False)
OTHER = Trial(False, "invoke", "another denial", other_denial=denial(action="kms:Decrypt", scope="key"))


def made(by: str = "U0ALICE", of: Grant | None = None, name: str = "iam-watchdog-x-1") -> tuple[Fact, ...]:
    """Stored, then done."""
    return Prepared(minutes(5), (Receipt(of or grant(), name, None),), PLAN, by), Applied(minutes(4), PLAN, by)


def after(*facts: Fact, **other: Any) -> Incident:
    """The proposal, and what happened since; not refused since the change."""
    return incident(proposed(**other), *facts, last_seen=minutes(5))


VERIFIED = after(*made(), Tried(minutes(3), ANSWERED, 0), Tried(minutes(2), ANSWERED, 1, final=True))
ENDS = {
    "verified": VERIFIED,
    "undone": after(*made(), Tried(minutes(2), SAME, 7, final=True), Undone(minutes(1), "it did not help")),
    "undone by a person": after(*made(), Undone(minutes(1), "U0BOB asked for it", "U0BOB")),
    "undo refused": after(*made(), Undone(minutes(1), "x", refused="the policy was changed since")),
    "not observed": after(*made(), Tried(minutes(1), IDLE, 7, final=True)),
    "came further": after(*made(), Tried(minutes(1), OTHER, 7, final=True)),
    "stale": after(Stale(minutes(1), "the role was deleted")),
    "dismissed": after(Dismissed(minutes(1), "U0ALICE", NOW + timedelta(days=30))),
    "snoozed": after(Snoozed(minutes(1), "U0ALICE", NOW + timedelta(days=1))),
    "over": after(Healed(minutes(1), "the policies allow it now (PutRolePolicy by bob)")),
    "over after all": after(*made(), Tried(minutes(2), IDLE, 7, final=True), Healed(minutes(1), "allowed now")),
}


@pytest.mark.parametrize("facts", [(), (Approved(minutes(1), "U0ALICE", PLAN, "n"),)])
def test_nothing_has_become_of_what_is_still_to_be_done(facts: tuple[Fact, ...]) -> None:
    """A proposal says what to do, in the present."""
    open_one = after(*facts)
    assert became(open_one, NOW) == ()
    mail, drawn = text(open_one, SETTINGS, NOW), page(open_one, SETTINGS, NOW)
    assert "WHAT BECAME" not in mail
    assert "[ shut ]" in mail
    assert "was shut" not in drawn
    assert "As it was read at 03:03 UTC." in drawn


@pytest.mark.parametrize("name", ENDS)
def test_what_has_come_to_an_end_is_nobodys_task(name: str) -> None:
    """No order to add what was added, in none of the places where people read."""
    ended = ENDS[name]
    told = (text(ended, SETTINGS, NOW), Reader(page(ended, SETTINGS, NOW)).words)
    post = message(ended, SETTINGS, NOW)
    for words in (*told, as_text(post.blocks)):
        assert "Done" in words
        assert "Left to do" in words
        assert "Add the statements" not in words
        assert "Fix: add" not in words
        assert "What to do" not in words
        assert "Not applicable from Slack" not in words
    assert objections(post.text, post.blocks) == []


@pytest.mark.parametrize("name", ["verified", "not observed", "came further", "undo refused", "over", "over after all"])
def test_the_gate_of_a_change_that_stands_is_drawn_as_it_was(name: str) -> None:
    """Shut is what it was before: whoever opens the report a week later must not take it for how it is."""
    drawn = Reader(page(ENDS[name], SETTINGS, NOW)).words
    assert "was shut" in drawn
    assert "this is what refused the call, not how it is now" in drawn
    assert "The call stopped at the role's policies." in drawn
    assert "[was shut]" in text(ENDS[name], SETTINGS, NOW)
    assert "The way as it was:" in as_text(message(ENDS[name], SETTINGS, NOW).blocks)


@pytest.mark.parametrize("name", ["undone", "undone by a person", "stale", "dismissed", "snoozed"])
def test_the_gate_of_what_is_not_changed_is_drawn_as_it_is(name: str) -> None:
    """Nothing stands that would have opened it."""
    assert "was shut" not in page(ENDS[name], SETTINGS, NOW)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "verified",
            (
                "the inline policy iam-watchdog-x-1 was put on the role orders-api-role, at 03:08 UTC, by order of "
                "U0ALICE.",
                "by running it again, at 03:09 UTC and 03:10 UTC: the function answered (version $LATEST); what can be "
                "read of the policies allows the call too.",
                "write the same into it",
                "takes this change away once the template has it, or if it was not wanted",
            ),
        ),
        (
            "undone",
            (
                "taken back at 03:11 UTC, because it did not help",
                "look first",
                "service control policies",
                "explain --function orders-api`",
            ),
        ),
        ("undone by a person", ("because U0BOB asked for it", "Nothing, if that was meant")),
        ("undo refused", ("taking it back was refused at 03:11 UTC: the policy was changed since", "tries once more")),
        ("not observed", ("it has not run since", "Run the function once and look: the change stays.")),
        ("came further", ("it came further at 03:11 UTC", "Look at incident", "write the same into it")),
        ("stale", ("nothing: the role was deleted.", "still refused")),
        ("dismissed", ("nothing: U0ALICE dismissed it at 03:11 UTC.", "told again after 2026-12-23 03:12 UTC")),
        ("snoozed", ("nothing: U0ALICE snoozed it at 03:11 UTC.", "told again after 2026-11-24 03:12 UTC")),
        ("over", ("nothing by IAM Watchdog.", "PutRolePolicy by bob", "Nothing.")),
        ("over after all", ("was put on the role", "allowed now, as of 03:11 UTC.", "write the same into it")),
    ],
)
def test_each_end_says_what_was_done_what_showed_it_and_what_is_left(name: str, said: tuple[str, ...]) -> None:
    """In one place, for whoever opens it a week later."""
    words = " ".join(words for _, words in became(ENDS[name], NOW))
    assert [part for part in said if part.lower() not in words.lower()] == []


def test_what_the_change_of_another_incident_ended_was_not_done_by_nobody() -> None:
    """One change ends several: the others are told who did it, and where that is undone."""
    words = dict(became(after(Healed(minutes(1), f"{ENDED_BY}4f2a")), NOW))
    assert words["Done"] == "nothing for this incident alone: the change of incident 4f2a ended it as well."
    assert words["Left to do"] == "Nothing for this one; what is left of the change is told with incident 4f2a."
    lookalike = dict(
        became(after(Healed(minutes(1), f"the policies allow it now (PutRolePolicy by {ENDED_BY}4f2a)")), NOW)
    )
    assert lookalike["Done"] == "nothing by IAM Watchdog."


def test_two_successes_in_one_minute_are_told_as_two() -> None:
    """The gap between them is seconds."""
    soon = minutes(2) + timedelta(seconds=15)
    twice = after(*made(), Tried(minutes(2), ANSWERED, 0), Tried(soon, ANSWERED, 1, final=True))
    assert "by running it again, twice at 03:10 UTC:" in dict(became(twice, NOW))["Tried"]


def test_what_was_done_unasked_is_said_to_be() -> None:
    """Nobody is named who gave no order."""
    assert dict(became(after(*made(by=WATCHDOG)), NOW))["Done"].endswith("unasked, as mode auto allows.")


def test_a_managed_policy_is_not_taken_back_once_the_template_attaches_it() -> None:
    """It is attached once, whoever does it: an undo would take the template's."""
    policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    attached = made(of=AttachManagedPolicy(ROLE, policy), name=policy)
    rows = dict(became(with_facts(after(*attached), Tried(minutes(1), ANSWERED, 1, final=True)), NOW))
    assert "the managed policy AWSLambdaBasicExecutionRole was attached to the role orders-api-role" in rows["Done"]
    assert "once the template has it" not in rows["Left to do"]


def test_an_invoke_permission_belongs_into_the_functions_template() -> None:
    """Not into the role's."""
    function = f"arn:aws:lambda:eu-central-1:{SETTINGS.account}:function:orders-api"
    allowed = made(of=AddInvokePermission(function, None, "s3.amazonaws.com", None, None), name="sid-1")
    rows = dict(became(with_facts(after(*allowed), Tried(minutes(1), ANSWERED, 1, final=True)), NOW))
    assert "the permission sid-1 was added to the function orders-api" in rows["Done"]
    assert "If a template makes the function" in rows["Left to do"]


def test_the_stack_that_owns_the_role_is_named() -> None:
    """Where the lasting fix belongs."""
    role = Role(ROLE, "AROAORDERS", stack="shop", logical_id="OrdersRole")
    kept = incident(replace(proposed(), role=role), *VERIFIED.facts[2:], last_seen=minutes(5))
    assert "the template of stack shop (there: OrdersRole)" in dict(became(kept, NOW))["Left to do"]


def test_a_refusal_before_the_change_is_not_called_going_on() -> None:
    """Nothing was refused since; what came after the change is still failing."""
    assert "not refused since the change" in message(after(*made()), SETTINGS, NOW).text
    again = incident(proposed(), *made(), last_seen=minutes(1))
    assert "still failing" in message(again, SETTINGS, NOW).text


def test_what_a_person_took_back_is_not_called_a_fix_that_failed() -> None:
    """It may have helped, and nothing was refused since; what the trial saw refused was not fixed."""
    first = message(ENDS["undone by a person"], SETTINGS, NOW).text
    assert first.startswith("⚪ Taken back: ")
    assert "not refused since it was taken back" in first
    again = incident(*ENDS["undone by a person"].facts[1:], last_seen=NOW)
    assert "still failing" in message(again, SETTINGS, NOW).text
    assert message(ENDS["undone"], SETTINGS, NOW).text.startswith("\U0001f7e0 Not fixed: ")


def test_a_person_is_named_by_slack_in_the_message_and_its_thread() -> None:
    """An id tells nobody who it was."""
    for post in (message(VERIFIED, SETTINGS, NOW), reply(VERIFIED, SETTINGS, NOW)):
        runs = [run for block in post.blocks[1:] for part in block.get("elements", ()) for run in _runs(part)]
        assert {"type": "user", "user_id": "U0ALICE"} in runs


def _runs(part: dict[str, object]) -> list[object]:
    found = part.get("elements", [])
    assert isinstance(found, list)
    return found


def test_what_could_not_be_verified_is_not_called_not_yet() -> None:
    """Nothing more will follow by itself."""
    assert mail_subject(ENDS["not observed"], NOW).startswith("not verified: orders-api")


def test_a_chat_channel_is_told_what_is_left() -> None:
    """Why a button is missing is no next step any more."""
    tagless = after(*VERIFIED.facts[2:], refusals={WATCHDOG: ("tag",), "person": ("tag",)})
    content = amazon_q(tagless, SETTINGS, NOW)["content"]
    assert not [step for step in content["nextSteps"] if "Not applicable" in step]
    assert "If a template" in content["nextSteps"][0]


@pytest.mark.parametrize("hostile", TEXTS)
def test_hostile_text_stays_text_at_the_end(hostile: str) -> None:
    """Names of roles, trials and reasons may be a stranger's."""
    trial = Trial(False, "invoke", hostile, clear=False)
    ended = with_facts(
        filled(hostile), *made(name=hostile), Tried(minutes(1), trial, 1, final=True), Undone(minutes(1), hostile)
    )
    post = message(ended, SETTINGS, NOW)
    assert objections(post.text, post.blocks) == []
    assert not UNSEEN & set(text(ended, SETTINGS, NOW) + as_text(post.blocks))
    assert len([tag for tag, _ in Reader(page(ended, SETTINGS, NOW)).elements if tag == "script"]) == 1
