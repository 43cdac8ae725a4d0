"""Events whose documents are hostile: nothing breaks, nothing wide is the fix, nothing goes by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from iam_watchdog import guard, rules
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.model import WATCHDOG, Denial, Evidence, Incident, Proposed, Witness
from iam_watchdog.remedy import propose
from iam_watchdog.report import html, slack, sns, text
from tests.attack.siege import ANSWERS, BOUNDARY, OTHERS, ROLE, SETTINGS
from tests.aws.answers import ACCOUNT, DENIED, REGION, Answer, Answers, Reply
from tests.aws.shop import NOON, denial
from tests.aws.test_changes import by_name, event
from tests.remedy.removals import policy
from tests.rules.cases import allow, deny

MARK = "5ECRET-0F-AN-0LD-D0CUMENT"
MINE = f"arn:aws:iam::{ACCOUNT}:policy/mine"
SEND = "sqs:SendMessage"
WANTED = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
LONG = "a" * 60_000
THEIRS = f"arn:aws:sqs:{REGION}:{OTHERS}:orders"
DEEDS, PLACES = [f"sqs:Send{n}" for n in range(500)], [f"{WANTED}{n}" for n in range(500)]
TWICE = '{"Statement": [], "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


def _put(document: Any) -> list[dict[str, Any]]:
    """A policy was written with this document, and deleted."""
    named = {"roleName": "orders-role", "policyName": "gone"}
    text = document if isinstance(document, str) else json.dumps(document)
    return [
        event("DeleteRolePolicy", 2, requestParameters=named),
        event("PutRolePolicy", 99, requestParameters={**named, "policyDocument": text}),
    ]


def _detached(arn: str) -> list[dict[str, Any]]:
    return [event("DetachRolePolicy", 2, requestParameters={"roleName": "orders-role", "policyArn": arn})]


HISTORIES: Mapping[str, list[dict[str, Any]]] = {
    "everything on everything": _put(policy(allow("*", "*", Sid=MARK))),
    "all of the service": _put(policy(allow("sqs:*", "*", Sid=MARK))),
    "a hidden statement": _put(policy(allow(SEND, WANTED), allow("*", f"arn:aws:iam::{ACCOUNT}:role/admin"))),
    "all but nothing": _put(policy({"Effect": "Allow", "NotAction": "sts:GetCallerIdentity", "Resource": "*"})),
    "all but a resource": _put(policy({"Effect": "Allow", "Action": SEND, "NotResource": "arn:aws:s3:::x"})),
    "another account's queue beside it": _put(policy(allow(SEND, [WANTED, THEIRS]))),
    "deny only": _put(policy(deny("*", "*"))),
    "allow with a deny": _put(policy(allow(SEND, WANTED), deny("sqs:*", "*", Sid=MARK))),
    "a variable": _put(policy(allow(SEND, f"{WANTED}${{aws:username}}*"))),
    "a pattern of one sign": _put(policy(allow(SEND, f"{WANTED}?"))),
    "an action by pattern": _put(policy(allow("sqs:SendMessag?", WANTED))),
    "pass role beside it": _put(policy(allow(["sqs:SendMessage", "iam:PassRole"], [WANTED, f"{ROLE}x"]))),
    "another version of the language": _put(policy(allow(SEND, WANTED), version="2040-01-01")),
    "strings in strings": _put(json.dumps(json.dumps(policy(allow("*", "*"))))),
    "no JSON": _put('{"Statement": ['),
    "deeper than anything": _put('{"Statement": ' + "[" * 90_000),
    "longer than anything": _put(policy(allow(SEND, f"{WANTED}{LONG}"))),
    "thousands of pairs": _put(policy(allow(DEEDS, PLACES))),
    "statements of another kind": _put({"Version": "2012-10-17", "Statement": [1, None, "x", [], {}]}),
    "keys that stand twice": _put(TWICE),
    "an administrator's policy": _detached("arn:aws:iam::aws:policy/AdministratorAccess"),
    "a policy of another account": _detached(f"arn:aws:iam::{OTHERS}:policy/theirs"),
    "a name that is no ARN": _detached("arn:aws:iam::aws:policy/x'; aws iam delete-role; '"),
    "a policy of everything": _detached(MINE),
    "names with controls": _detached(f"{MINE}\x1b[31m\u202e"),
}


def _policy(params: Mapping[str, Any]) -> Answer:
    """The boundary, and for any other policy one that allows everything."""
    if params["PolicyArn"] == BOUNDARY:
        return _boundary(params)
    if "VersionId" not in params:
        return {"Policy": {"Arn": params["PolicyArn"], "DefaultVersionId": "v1"}}
    return {"PolicyVersion": {"VersionId": "v1", "Document": json.dumps(policy(allow("*", "*", Sid=MARK)))}}


def _boundary(params: Mapping[str, Any]) -> Answer:
    known = ANSWERS["iam:GetPolicy"]
    assert callable(known)
    return known(params)


def looked(events: list[dict[str, Any]]) -> tuple[Evidence, Denial, Proposed]:
    """Read, diagnosed and proposed as the deployment does, with everything set to let a change through."""
    answers: dict[str, Reply] = {
        **ANSWERS,
        "iam:GetPolicy": _policy,
        "iam:GetPolicyVersion": _policy,
        "sqs:GetQueueUrl": {"QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders"},
        "sqs:GetQueueAttributes": {"Attributes": {"QueueArn": WANTED}},
        "cloudtrail:LookupEvents": by_name({"orders-role": events}),
    }
    reader = AccountReader(Answers(answers, otherwise=DENIED).clients(), SETTINGS, lambda: NOON)
    given = {"action": "sqs:SendMessage", "resource": WANTED, "scope": WANTED}
    refused = denial(at=NOON - timedelta(minutes=1), witness=Witness.CONFIG, **given)
    seen = reader.changes(refused, reader.gather(refused))
    found, plan, proof = propose.plan(rules.diagnose(refused, seen), refused, seen)
    refusals = {WATCHDOG: guard.refusals(plan, found, refused, seen, WATCHDOG, SETTINGS)}
    return seen, refused, Proposed(NOON, found, plan, proof, refusals, seen.role, unread=seen.unread)


def test_the_twin_is_given_back_what_it_lost() -> None:
    _, _, quiet = looked([])
    assert quiet.plan
    assert "removed_by_person" not in quiet.refusals[WATCHDOG]
    _, _, made = looked(_put(policy(allow(SEND, WANTED))))
    assert made.plan
    assert made.diagnosis.notes[0].startswith("Restore what ann removed")
    assert "removed_by_person" in made.refusals[WATCHDOG]
    assert made.plan.grants == quiet.plan.grants


@pytest.mark.parametrize("events", HISTORIES.values(), ids=HISTORIES.keys())
def test_a_hostile_history_leaves_the_narrow_statement_the_fix(events: list[dict[str, Any]]) -> None:
    _, _, quiet = looked([])
    seen, _, made = looked(events)
    assert (made.diagnosis.fixes, made.plan) == (quiet.diagnosis.fixes, quiet.plan)
    assert "removed_by_person" in made.refusals[WATCHDOG]
    assert all(len(note) < 2_000 for note in made.diagnosis.notes)
    assert seen.changes


@pytest.mark.parametrize("events", HISTORIES.values(), ids=HISTORIES.keys())
def test_a_wide_alternative_names_its_surplus(events: list[dict[str, Any]]) -> None:
    _, _, made = looked(events)
    note = made.diagnosis.notes[0] if made.diagnosis.notes else ""
    for fix in made.diagnosis.instead:
        assert "instead of the fix" in note
        assert "It would also allow" in note or not getattr(fix, "statements", ())


@pytest.mark.parametrize("events", HISTORIES.values(), ids=HISTORIES.keys())
def test_an_old_document_is_in_no_text_that_goes_to_people(events: list[dict[str, Any]]) -> None:
    _, refused, made = looked(events)
    incident = Incident(refused.fingerprint, 1, refused, 1, refused.at, refused.at, (made,))
    said = [
        json.dumps(slack.message(incident, SETTINGS, NOON).blocks),
        json.dumps(sns.publication(incident, SETTINGS, NOON)),
        text.text(incident, SETTINGS, NOON),
        html.page(incident, SETTINGS, NOON),
    ]
    assert not any(MARK in each or LONG[:200] in each or "\x1b" in each for each in said)
