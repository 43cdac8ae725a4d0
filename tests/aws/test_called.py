"""What a refused call was about where its text does not say: AWS's own record names it, the configuration hints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from iam_watchdog.aws import history
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.guard import PERSON, refusals
from iam_watchdog.model import WATCHDOG, Confidence, Denial, Evidence, Kind, Layer, Message, Witness
from iam_watchdog.remedy import propose
from iam_watchdog.rules import diagnose
from tests.aws import shop
from tests.aws.answers import ACCOUNT, DENIED, REGION, Answer, Answers, Refusal, Reply
from tests.aws.shop import NOON, SESSION, SETTINGS, denial
from tests.aws.test_witness import BASE, EVENT, SECRET, listed, record

OTHER = "1f0b2a1c-0000-4000-8000-0123456789ac"
REQUEST = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


def bare(**changed: Any) -> Denial:
    """A line that names the action alone."""
    said = Message(Kind.IAM_DENIAL, operation="GetSecretValue", request_id=REQUEST)
    given = {"action": "secretsmanager:GetSecretValue", "resource": None, "principal": SESSION, "said": said}
    return denial(**{**given, **changed})


def of_another() -> dict[str, Any]:
    """The record of a refusal on another secret."""
    return record(eventID=OTHER, errorMessage=record()["errorMessage"].replace("db-AbCdEf", "other-AbCdEf"))


def paged(*found: Sequence[dict[str, Any]]) -> Reply:
    """CloudTrail's answer on so many pages."""

    def answer(asked: Mapping[str, Any]) -> Answer:
        number = int(asked.get("NextToken", "0"))
        more = {"NextToken": str(number + 1)} if number + 1 < len(found) else {}
        page = listed(*found[number])
        assert isinstance(page, Mapping)
        return {**page, **more}

    return answer


def looked_at(what: Denial, answers: dict[str, Reply]) -> tuple[Evidence, Answers]:
    aws = Answers({**BASE, **answers})
    return AccountReader(aws.clients(), SETTINGS, lambda: NOON).gather(what), aws


@pytest.mark.parametrize(
    "what",
    [
        denial(),
        bare(resource=SECRET),
        bare(action=""),
        bare(function=""),
        bare(action="cloudwatch:PutMetricData"),
        bare(witness=Witness.CONFIG),
        bare(kind=Kind.LAMBDA_ENV_KMS),
        bare(origin=EVENT, event_id=EVENT),
        bare(said=Message(Kind.IAM_DENIAL, authorization_id="0a1b2c3d-1111-2222-3333-444455556666")),
    ],
)
def test_no_record_is_asked_for_where_nothing_is_missing(what: Denial) -> None:
    aws = Answers({**BASE, "cloudtrail:LookupEvents": listed(record())}, otherwise=DENIED)
    evidence = AccountReader(aws.clients(), SETTINGS, lambda: NOON).gather(what)
    keys = {p["LookupAttributes"][0]["AttributeKey"] for p in aws.named("cloudtrail:LookupEvents")}
    assert "EventName" not in keys
    assert "called" not in evidence.facts


@pytest.mark.parametrize(
    "records",
    [
        [],
        [record(errorCode=None, errorMessage=None)],
        [record(eventName="DescribeSecret", errorMessage="no")],
        [record(userIdentity=record()["userIdentity"] | {"arn": SESSION + "-2"})],
        [record(), of_another()],
        [record(), record(eventID=OTHER, errorMessage="User is not authorized to perform this")],
    ],
)
def test_a_record_of_another_call_or_two_that_differ_name_nothing(records: list[dict[str, Any]]) -> None:
    evidence, _ = looked_at(bare(), {"cloudtrail:LookupEvents": listed(*records)})
    assert "called" not in evidence.facts
    assert not [u for u in evidence.unread if u.decides]


def test_two_that_differ_name_nothing_on_whichever_page_they_stand() -> None:
    evidence, aws = looked_at(bare(), {"cloudtrail:LookupEvents": paged([record()], [of_another()])})
    assert "called" not in evidence.facts
    assert len(aws.named("cloudtrail:LookupEvents")) == 2


def test_a_record_of_another_name_than_the_text_tells_is_of_another_call() -> None:
    evidence, _ = looked_at(bare(resource="invoices"), {"cloudtrail:LookupEvents": listed(record())})
    assert "called" not in evidence.facts


def test_more_records_than_are_asked_for_name_nothing_and_are_a_gap() -> None:
    many = paged([record()], *([] for _ in range(history.MOST_PAGES)))
    evidence, aws = looked_at(bare(), {"cloudtrail:LookupEvents": many})
    assert "called" not in evidence.facts
    assert len(aws.named("cloudtrail:LookupEvents")) == history.MOST_PAGES
    (gap,) = [u for u in evidence.unread if "record of" in u.what]
    assert "more calls of this name" in gap.why
    assert diagnose(bare(), evidence).confidence is Confidence.INCOMPLETE


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "{", '{"eventTime": []}'])
def test_a_record_of_an_unknown_form_is_a_gap(text: str) -> None:
    answer = {"Events": [{"EventId": EVENT, "CloudTrailEvent": text}]}
    evidence, _ = looked_at(bare(), {"cloudtrail:LookupEvents": answer})
    assert "called" not in evidence.facts


def test_a_history_that_cannot_be_read_is_a_gap_that_decides_nothing() -> None:
    evidence, _ = looked_at(bare(), {"cloudtrail:LookupEvents": Refusal("AccessDeniedException", "no", 400)})
    assert [(u.what, u.decides) for u in evidence.unread if "record of" in u.what] == [
        ("CloudTrail's record of secretsmanager:GetSecretValue", False)
    ]


def test_the_only_record_of_the_same_minute_is_a_guess_that_verifies_nothing() -> None:
    """Another refusal may be told of later: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html"""
    evidence, aws = looked_at(bare(), {"cloudtrail:LookupEvents": listed(record())})
    (asked,) = aws.named("cloudtrail:LookupEvents")
    assert asked["LookupAttributes"] == [{"AttributeKey": "EventName", "AttributeValue": "GetSecretValue"}]
    assert (asked["EndTime"] - asked["StartTime"]).total_seconds() == 120
    assert (evidence.facts["called"], evidence.facts["called_event"]) == (SECRET, EVENT)
    assert SECRET in {target.arn for target in evidence.targets}
    unbounded = tuple(policy for policy in evidence.policies if policy.layer is not Layer.BOUNDARY)
    evidence = replace(evidence, policies=unbounded)
    found, plan, _ = propose.plan(diagnose(bare(), evidence), bare(), evidence)
    assert found.request
    assert plan
    assert (found.request.resource, found.confidence) == (SECRET, Confidence.INCOMPLETE)
    assert any(note.startswith(f"The text names no resource; {SECRET} is a guess") for note in found.notes)
    for who in (WATCHDOG, PERSON):
        assert "confidence" in refusals(plan, found, bare(), evidence, who, SETTINGS)


@pytest.mark.parametrize(
    "found",
    [
        ([of_another(), record(requestID=REQUEST)],),
        ([of_another()], [record(requestID=REQUEST)]),
        ([record(requestID=REQUEST)], *([] for _ in range(history.MOST_PAGES))),
    ],
    ids=["beside another", "on the second page", "before more than are asked for"],
)
def test_the_record_of_the_same_request_is_meant_among_several(found: tuple[list[dict[str, Any]], ...]) -> None:
    evidence, aws = looked_at(bare(), {"cloudtrail:LookupEvents": paged(*found)})
    assert (evidence.facts["called"], evidence.facts["called_request"]) == (SECRET, REQUEST)
    assert len(aws.named("cloudtrail:LookupEvents")) == 1 + next(
        n for n, page in enumerate(found) if EVENT in str(page)
    )
    told = diagnose(bare(), evidence)
    assert told.confidence is Confidence.VERIFIED
    assert f"The text names no resource; CloudTrail event {EVENT} does: {SECRET}" in told.notes


QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:failed"
SENDING = bare(action="sqs:SendMessage", said=Message(Kind.IAM_DENIAL, operation="SendMessage"))


def with_dead_letters(more: str = "") -> dict[str, Reply]:
    config = {"DestinationConfig": {"OnFailure": {"Destination": more}} if more else {}}
    return {
        "cloudtrail:LookupEvents": listed(),
        "lambda:GetFunctionConfiguration": shop.CONFIGURATION | {"DeadLetterConfig": {"TargetArn": QUEUE}},
        "lambda:GetFunctionEventInvokeConfig": config,
        "sqs:GetQueueUrl": {"QueueUrl": "https://sqs/failed"},
        "sqs:GetQueueAttributes": {"Attributes": {}},
    }


def test_the_only_dead_letter_queue_is_a_guess_that_verifies_nothing() -> None:
    evidence, _ = looked_at(SENDING, with_dead_letters())
    assert QUEUE in {target.arn for target in evidence.targets}
    found = diagnose(SENDING, evidence)
    assert found.request
    assert found.request.resource == QUEUE
    assert found.confidence is Confidence.INCOMPLETE
    assert f"The text names no resource; {QUEUE} is a guess: it is the function's dead-letter target" in found.notes


def test_two_candidates_are_none() -> None:
    evidence, _ = looked_at(SENDING, with_dead_letters(QUEUE + "-2"))
    found = diagnose(SENDING, evidence)
    assert not any("is a guess" in note for note in found.notes)
    assert found.request is None or found.request.resource != QUEUE
