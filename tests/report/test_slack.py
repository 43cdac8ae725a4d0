"""Slack messages: what is not drawn first, then the words, then the limits under hostile input."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.model import (
    WATCHDOG,
    AddRoleStatements,
    Allow,
    Applied,
    Approved,
    Dismissed,
    Prepared,
    Proposed,
    Receipt,
    Role,
    Snoozed,
    Stale,
    Trial,
    Tried,
    Undone,
    Witness,
)
from iam_watchdog.ports import Settings
from iam_watchdog.report.grouping import Group, row
from iam_watchdog.report.slack import Post, closed, group, message, other_forms, reply
from iam_watchdog.report.slack_text import as_text
from tests.report.hostile import TEXTS, UNSEEN, filled
from tests.report.incidents import (
    BUCKET_KEY,
    NOW,
    ROLE,
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
from tests.slack.block_kit import objections, texts


def actions(post: Post) -> list[str]:
    return [e["action_id"] for b in post.blocks if b["type"] == "actions" for e in b["elements"]]


def words(post: Post) -> str:
    return "\n".join(texts(post.blocks))


def test_no_button_is_drawn_that_would_only_be_refused() -> None:
    """The guard's refusals, a deployment without approvers, and advice draw no Apply."""
    untagged = incident(proposed(refusals={WATCHDOG: ("tag",), "person": ("tag",)}))
    assert "apply" not in actions(message(untagged, SETTINGS, NOW))
    assert actions(message(incident(proposed()), Settings("111122223333", "eu-central-1"), NOW)) == []
    assert "apply" not in actions(message(incident(proposed(diagnosis(advice()))), SETTINGS, NOW))


def test_a_missing_button_names_what_is_missing_and_the_command() -> None:
    """What the person can do instead."""
    untagged = incident(proposed(refusals={WATCHDOG: ("tag",), "person": ("tag",)}))
    said = words(message(untagged, SETTINGS, NOW))
    assert "does not carry the iam-watchdog tag that allows this" in said
    assert "aws iam put-role-policy --role-name orders-api-role" in said
    assert "aws iam tag-role --role-name orders-api-role --tags Key=iam-watchdog,Value=approve" in said


def test_the_first_line_says_what_a_person_needs_at_three_in_the_morning() -> None:
    """Account, Region, function, what on what, how often since when, still failing, who changed what, fix or not."""
    post = message(incident(proposed()), SETTINGS, NOW)
    assert post.text == (
        "\U0001f534 prod (111122223333) eu-central-1 orders-api: s3:GetObject refused on "
        "arn:aws:s3:::orders-incoming/2026/11/order-1.json · 14 times since 03:02 UTC · still failing, last 1 min ago"
        " · alice did DeleteRolePolicy on orders-api-role 4 min before it began · fix ready, waiting for Apply"
    )
    assert next(texts(post.blocks)) == post.text


def test_a_function_that_was_moved_to_another_role_is_said_to_be_on_the_first_line() -> None:
    """Which role it had is what the person needs; another setting of the function is told by the event's name."""
    (was,) = proposed().changes
    event, role = "UpdateFunctionConfiguration", "arn:aws:iam::111122223333:role/app/orders-api-role"
    moved = replace(was, event=event, on="orders-api", detail=f"role {role}, before role {role}-old")
    said = message(incident(proposed(changes=(moved,))), SETTINGS, NOW).text
    assert "alice moved orders-api from role orders-api-role-old to role orders-api-role 4 min before it began" in said
    plain = replace(moved, detail=f"role {role}")
    assert f"alice did {event} on orders-api" in message(incident(proposed(changes=(plain,))), SETTINGS, NOW).text


def test_a_log_witness_is_named_on_the_first_line() -> None:
    """Anyone may have printed it."""
    claimed = incident(proposed(), of=denial(witness=Witness.LOG))
    assert "only this function's own log claims this" in message(claimed, SETTINGS, NOW).text


def test_buttons_carry_incident_plan_and_nonce() -> None:
    """A reference, never the plan itself."""
    shown = incident(proposed())
    row = [e for b in message(shown, SETTINGS, NOW).blocks if b["type"] == "actions" for e in b["elements"]]
    plan = proposed().plan_hash
    assert [e["action_id"] for e in row] == ["apply", "dismiss", "snooze", "report"]
    assert {e["value"] for e in row} == {f"{shown.id}:{plan}:n0nce"}


def test_the_exact_policy_and_what_it_gains_are_shown() -> None:
    """The plan applied is the plan shown."""
    said = words(message(incident(proposed()), SETTINGS, NOW))
    assert "arn:aws:s3:::orders-incoming/2026/11/*" in said
    assert "Gains: nothing else (212 other requests tried)" in said
    assert "✗ role's policies" in said
    assert "? service control policies" in said


PLAN = proposed().plan_hash
PREPARED = Prepared(minutes(4), (Receipt(grant(), "iam-watchdog-x", None),), PLAN, "U0ALICE")
APPLIED = Applied(minutes(3), PLAN, "U0ALICE")
PASSED = Tried(minutes(1), Trial(True, "invoke", "the function answered"), 2, final=True)
UNDONE = Undone(minutes(1), "it did not help")


@pytest.mark.parametrize(
    ("facts", "drawn"),
    [
        ((Approved(minutes(5), "U0ALICE", PLAN, "n0nce"),), ["report"]),
        ((PREPARED, APPLIED), ["report", "undo"]),
        ((PREPARED, APPLIED, PASSED), ["report", "undo"]),
        ((PREPARED, APPLIED, UNDONE), ["report"]),
        ((Stale(minutes(2), "the role was deleted"),), ["dismiss", "snooze", "report"]),
        ((Dismissed(minutes(2), "U0ALICE"),), ["report"]),
        ((Snoozed(minutes(2), "U0ALICE", NOW + timedelta(hours=24)),), ["report"]),
    ],
)
def test_a_message_drawn_again_holds_the_buttons_of_its_status(facts: tuple[object, ...], drawn: list[str]) -> None:
    """Apply goes with the first yes; Undo comes with a receipt and goes when it is done."""
    later = with_facts(incident(proposed()), *facts)  # type: ignore[arg-type]
    assert actions(message(later, SETTINGS, NOW)) == drawn


@pytest.mark.parametrize("advised", [False, True])
@pytest.mark.parametrize("text", TEXTS)
def test_hostile_text_keeps_every_message_within_slacks_limits(text: str, advised: bool) -> None:
    """Every field that a stranger may fill, filled."""
    shown = filled(text, advice=advised)
    later = with_facts(shown, Stale(minutes(1), text))
    drawn = (message(shown, SETTINGS, NOW), reply(later, SETTINGS, NOW), closed(shown, SETTINGS, NOW))
    rest = [post] if (post := other_forms(shown)) else []
    for post in (*drawn, group(Group(shown, (row(shown),) * 600), SETTINGS, NOW), *rest):
        assert objections(post.text, post.blocks) == []
        assert not UNSEEN & set(words(post) + post.text)


@given(st.text(max_size=300))
def test_any_text_keeps_within_slacks_limits(text: str) -> None:
    """Whatever it holds."""
    post = message(filled(text), SETTINGS, NOW)
    assert objections(post.text, post.blocks) == []


def test_nothing_from_outside_is_markup() -> None:
    """The fallback text is escaped; in the blocks no mrkdwn object exists at all."""
    post = message(incident(proposed(), of=denial(resource="<!channel> & <@U1>")), SETTINGS, NOW)
    assert "&lt;!channel&gt; &amp; &lt;@U1&gt;" in post.text
    assert "mrkdwn" not in json.dumps(post.blocks)


def test_the_other_forms_fit_into_one_reply() -> None:
    """One click away: in the thread."""
    post = other_forms(incident(proposed()))
    assert post
    assert objections(post.text, post.blocks) == []
    assert [w for w in ("SAM", "Terraform", "AWS CLI") if w not in words(post)] == []


def test_many_functions_refused_by_one_statement_are_one_message() -> None:
    """In the order of their coming; a list that ends."""
    met = Group(incident(proposed(diagnosis(advice()))), tuple(f"f{n}: s3:GetObject refused" for n in range(40)))
    post = group(met, SETTINGS, NOW)
    assert objections(post.text, post.blocks) == []
    assert "40 functions are refused by one statement" in post.text
    assert words(post).index("f1:") < words(post).index("f24:")
    assert "and 15 more" in words(post)


def test_a_plan_that_is_not_shown_whole_has_no_apply() -> None:
    """The plan applied is byte for byte the plan shown."""
    many = tuple(f"s3:GetObject{n:04d}" for n in range(400))
    long = AddRoleStatements(ROLE, (Allow(many, (BUCKET_KEY,)),))
    post = message(incident(proposed(diagnosis(long))), SETTINGS, NOW)
    assert "apply" not in actions(post)
    assert "too long to be shown here whole" in words(post)
    assert objections(post.text, post.blocks) == []


def test_whoever_pressed_is_named_by_slack() -> None:
    """People read names, not ids; an ARN stays what it is."""
    pressed = with_facts(incident(proposed()), Approved(minutes(5), "U0ALICE", PLAN, "n0nce"))
    post = reply(pressed, SETTINGS, NOW)
    assert {"type": "user", "user_id": "U0ALICE"} in post.blocks[1]["elements"][0]["elements"][-1]["elements"]
    assert objections(post.text, post.blocks) == []
    other = with_facts(incident(proposed()), Approved(minutes(5), "arn:aws:iam::1:user/U0BOB", PLAN, "n0nce"))
    assert "user_id" not in json.dumps(reply(other, SETTINGS, NOW).blocks)


def test_a_message_reads_as_text_from_top_to_bottom() -> None:
    """What the demo prints is what Slack shows."""
    read = as_text(message(incident(proposed()), SETTINGS, NOW).blocks)
    order = ["\U0001f534 prod", "Why:", "The way:", "Nearest:", "Fix: add to the role", '"Action"', "Gains: nothing"]
    places = [read.index(part) for part in (*order, "[ Apply ]  [ Dismiss ]  [ Snooze 24 h ]  [ Full report ]")]
    assert places == sorted(places)


def test_the_dialog_says_what_else_the_yes_touches() -> None:
    """Nothing where nothing hangs on the role; the stack and the other functions where they do."""

    def asked(found: Proposed) -> str:
        (row,) = [b for b in message(incident(found), SETTINGS, NOW).blocks if b["type"] == "actions"]
        return str(row["elements"][0]["confirm"]["text"]["text"])

    assert "stack" not in asked(proposed())
    kept = Role(ROLE, "AROAORDERS", stack="shop", logical_id="OrdersRole", shared_with=("billing", "returns"))
    words = asked(proposed(role=kept))
    assert "also given to billing and returns; make it last in stack shop" in words
    assert "gains: nothing else" in words
    assert len(words) <= 300
