"""explain: from a text, a configuration or a log to the layer that denies, and to nothing where nothing is refused."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.detect.ground import Ground
from iam_watchdog.model import Confidence, Layer, Witness
from iam_watchdog.ports import CannotRead
from iam_watchdog_cli import explain, findings, symptoms
from iam_watchdog_cli.drawing import drawn
from iam_watchdog_cli.named import Named
from tests.aws import shop
from tests.aws.answers import ACCOUNT, DENIED, REGION, Answers, Refusal, Reply
from tests.aws.shop import BUCKET, SESSION, SETTINGS
from tests.cli.schema import objections

GROUND = Ground(ACCOUNT, REGION, "aws")
NOW = datetime(2026, 11, 23, 12, 5, tzinfo=UTC)
OBJECT = f"{BUCKET}/incoming/a.json"
TEXT = (
    f"[ERROR] ClientError: An error occurred (AccessDenied) when calling the GetObject operation: User: {SESSION} is "
    f'not authorized to perform: s3:GetObject on resource: "{OBJECT}" because no identity-based policy allows the '
    "s3:GetObject action"
)
NO_BUCKET_POLICY = Refusal("NoSuchBucketPolicy", "The bucket policy does not exist", 404)

UNCHANGED: dict[str, Reply] = {"cloudtrail:LookupEvents": {"Events": []}}


def account(**changed: Reply) -> Answers:
    """The shop whose bucket has no policy: the role's own is on the bucket's ARN, so reading an object is refused."""
    table = shop.shop() | {
        "s3:GetBucketPolicy": NO_BUCKET_POLICY,
        **UNCHANGED,
        "logs:FilterLogEvents": {"events": []},
        "accessanalyzer:ValidatePolicy": {"findings": []},
    }
    return Answers(table | {name.replace("_", ":"): reply for name, reply in changed.items()})


def explained(answers: Answers, text: str = TEXT, function: str = "") -> list[findings.Finding]:
    clients = answers.clients()
    reader = AccountReader(clients, SETTINGS, lambda: NOW)
    return list(findings.of((explain._told(text, Named(function), GROUND),), reader, SETTINGS))


# ------------------------------------------------------------------ where denials are found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is no text"),
        (" \n", "there is no text"),
        ("all is well", "holds no denial"),
        ("Rate exceeded (ThrottlingException)", "--message: the text"),
    ],
)
def test_a_text_without_a_denial_is_refused_by_the_flags_name(text: str, says: str) -> None:
    with pytest.raises(symptoms.NoDenial, match=says):
        symptoms.from_text(text, "orders", GROUND, NOW)


def test_the_function_is_the_named_one_or_the_one_whose_session_the_text_names() -> None:
    [named] = symptoms.from_text(TEXT, "refunds", GROUND, NOW)
    [told] = symptoms.from_text(TEXT, "", GROUND, NOW)
    assert (named.function, told.function) == ("refunds", "orders")
    assert (told.action, told.resource, told.witness) == ("s3:GetObject", OBJECT, Witness.LOG)


def test_a_version_or_alias_is_read_as_it_was_published_and_without_one_the_latest() -> None:
    for named, asked in ((Named("orders"), []), (Named("orders", "live"), ["live"])):
        answers = account()
        told = explain._told(TEXT, named, GROUND)
        list(findings.of((told,), AccountReader(answers.clients(), SETTINGS, lambda: NOW), SETTINGS))
        configurations = answers.named("lambda:GetFunctionConfiguration")
        assert [params["Qualifier"] for params in configurations if "Qualifier" in params] == asked


@given(st.text())
def test_no_text_whatever_does_more_than_say_that_it_holds_no_denial(text: str) -> None:
    with contextlib.suppress(symptoms.NoDenial):
        assert symptoms.from_text(text, "orders", GROUND, NOW)


def _event(message: str, stream: str = "2026/11/23/[$LATEST]0f1e") -> dict[str, Any]:
    return {"logStreamName": stream, "timestamp": int(NOW.timestamp() * 1000), "message": message, "eventId": "1"}


def test_a_log_is_read_for_a_day_and_each_denial_counts_once() -> None:
    answers = account(logs_FilterLogEvents={"events": [_event("fine"), _event(TEXT), _event(TEXT)]})
    [found] = symptoms.from_log(answers.clients(), "orders", GROUND, NOW)
    assert found.action == "s3:GetObject"
    [asked] = answers.named("logs:FilterLogEvents")
    assert (asked["logGroupName"], asked["startTime"]) == ("/aws/lambda/orders", int(NOW.timestamp() - 86_400) * 1000)


def test_a_log_is_not_read_to_its_end_when_it_never_ends() -> None:
    answers = account(logs_FilterLogEvents=lambda asked: {"events": [], "nextToken": asked.get("nextToken", "") + "x"})
    assert list(symptoms.from_log(answers.clients(), "orders", GROUND, NOW)) == []
    assert len(answers.named("logs:FilterLogEvents")) == symptoms.PAGES


def test_a_log_group_that_is_not_there_holds_nothing_and_one_that_may_not_be_read_is_said() -> None:
    gone = account(logs_FilterLogEvents=Refusal("ResourceNotFoundException", "no such group", 400))
    assert list(symptoms.from_log(gone.clients(), "orders", GROUND, NOW)) == []
    with pytest.raises(CannotRead, match="log group /aws/lambda/orders"):
        list(symptoms.from_log(account(logs_FilterLogEvents=DENIED).clients(), "orders", GROUND, NOW))


def test_a_function_that_is_not_there_cannot_be_read() -> None:
    nobody = account(lambda_GetFunctionConfiguration=Refusal("ResourceNotFoundException", "Function not found", 404))
    with pytest.raises(CannotRead, match="function nobody"):
        list(symptoms.from_log(nobody.clients(), "nobody", GROUND, NOW))


# ------------------------------------------------------------------ what is made of them


def test_a_call_that_everything_allows_by_now_is_not_given_a_fix() -> None:
    [found] = explained(Answers(shop.shop() | UNCHANGED))
    assert (found.diagnosis.rule, found.diagnosis.fixes) == ("already_allowed", ())
    assert found.proof is None


def test_the_layer_that_denies_is_found_and_the_fix_is_proven_and_never_applied() -> None:
    answers = account()
    [found] = explained(answers)
    assert (found.diagnosis.rule, found.diagnosis.layer) == ("s3_object_on_bucket_arn", Layer.IDENTITY)
    said = explain.as_json("orders", [found])
    assert objections("explain", said) == []
    [one] = said["findings"]
    assert (one["proof"]["before"], one["proof"]["after"], one["proof"]["gained"]) == ("denied", "allowed", [])
    [fix] = one["fixes"]
    assert (fix["kind"], fix["automatic"]) == ("add_role_statements", False)
    assert fix["refusals"]
    writes = ("Put", "Attach", "Add", "Create", "Delete", "Update")
    assert not [name for name, _ in answers.asked if name.split(":")[1].startswith(writes)]


def test_what_could_not_be_read_is_named_and_leaves_it_undecided_where_it_matters() -> None:
    [found] = explained(account(iam_GetRolePolicy=DENIED, iam_ListAttachedRolePolicies=DENIED))
    said = explain.finding_json(found)
    assert {gap["layer"] for gap in said["unread"]} == {"identity"}
    assert found.diagnosis.confidence is not Confidence.VERIFIED
    assert not any(fix["automatic"] for fix in said["fixes"])


def test_the_json_is_written_for_a_denial_of_which_hardly_anything_is_known() -> None:
    [found] = explained(account(), f"User: {SESSION} is not authorized to perform: s3:GetObject", "orders")
    assert found.denial
    bare = replace(found, denial=replace(found.denial, said=None, resource=None, action="", principal=None))
    said = explain.as_json("orders", [bare])
    assert objections("explain", json.loads(json.dumps(said))) == []
    assert (said["findings"][0]["denial"]["action"], said["findings"][0]["denial"]["operation"]) == (None, None)


# ------------------------------------------------------------------ as a terminal shows it


def test_nothing_found_is_not_called_health() -> None:
    said = drawn("orders", [])
    assert "by what could be read" in said
    assert "--message -" in said


def test_the_gate_that_decides_is_pointed_at_and_the_proof_is_the_last_line() -> None:
    rows = drawn("orders", explained(account())).splitlines()
    assert rows[0] == f"orders: s3:GetObject on {OBJECT}"
    assert [row for row in rows if row.startswith("> ")] == [row for row in rows if "[SHUT  ]" in row]
    assert rows[-1].startswith("proof: denied (implicit) before, allowed after, gains nothing else")


def test_what_a_stranger_wrote_cannot_move_the_cursor() -> None:
    [found] = explained(account())
    assert found.denial
    evil = replace(found, denial=replace(found.denial, function="a\x1b[2J\u202e", resource="b\r\x9b2J"))
    said = drawn("orders", [evil])
    assert not any(sign in said for sign in "\x1b\r\x9b\u202e")
