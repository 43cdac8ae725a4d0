"""What a person is told where no statement can be shown: the condition, the other role, the hidden key, the call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.model import Advice, Diagnosis
from tests.lab.account import Account, allow, until
from tests.lab.calls import Call, bucket, call
from tests.lab.more_calls import get
from tests.lab.running import denials, explained, running

WRAPPINGS: dict[str, Callable[[str], str]] = {
    "python": lambda said: f"[ERROR] ClientError: {said}\nTraceback (most recent call last):\n  File app.py, line 5",
    "node": lambda said: (
        "2026-11-25T00:01:02.003Z\t11111111-2222-3333-4444-555555555555\tERROR\tInvoke Error \t"
        '{"errorType":"AccessDenied",'
        f'"errorMessage":"{_sentence(said)}","name":"AccessDenied","stack":["AccessDenied: refused","    at handler"]}}'
    ),
    "java": lambda said: (
        f"{_sentence(said)} (Service: S3, Status Code: 403, Request ID: ABCDEFGHIJKLMNOP, Extended Request ID: abc=): "
        "software.amazon.awssdk.services.s3.model.S3Exception"
    ),
    "go": lambda said: (
        "operation error S3: GetObject, https response error StatusCode: 403, RequestID: ABCDEFGHIJKLMNOP, "
        f"HostID: abc=, api error AccessDenied: {_sentence(said)}"
    ),
}


def _sentence(said: str) -> str:
    return said.split("operation: ", 1)[1].replace('"', "")


@pytest.mark.parametrize("language", WRAPPINGS)
def test_a_refusal_is_the_same_in_every_language(language: str, account: Account, reader: AccountReader) -> None:
    name = f"wrapped-{language}"
    built = bucket(account, name)
    function = running(account, name)
    denial, found, plan = explained(reader, WRAPPINGS[language](function.refused(get(built, "incoming/2.csv"))))
    assert (denial.function, denial.resource) == (name, f"{built['arn']}/incoming/2.csv")
    assert found.rule == "identity_missing_allow"
    assert plan


# ---------------------------------------------------------------- an Allow whose condition the call does not meet


@dataclass(frozen=True)
class Unmet:
    """One condition, what the sentence has to name, and whether the value that was sent can be known."""

    name: str
    condition: dict[str, Any]
    words: tuple[str, ...]
    known: bool = True
    wanted: Callable[[dict[str, str]], Call] = get
    action: str = "s3:GetObject"


def listing(b: dict[str, str]) -> Call:
    return call("s3", "list_objects_v2", Bucket=b["bucket"], Prefix="private/")


UNMET = (
    Unmet("vpce", {"StringEquals": {"aws:SourceVpce": "vpce-1"}}, ("aws:SourceVpce", "vpce-1", "not sent")),
    Unmet("tag", {"StringEquals": {"aws:PrincipalTag/team": "red"}}, ("aws:PrincipalTag/team", "red", "blue")),
    Unmet("no-tag", {"StringEquals": {"aws:PrincipalTag/cost": "1"}}, ("aws:PrincipalTag/cost", "not sent")),
    Unmet("like", {"StringLike": {"aws:PrincipalArn": "*:role/shop-*"}}, ("aws:PrincipalArn", "shop-*")),
    Unmet("region", {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, ("aws:RequestedRegion", "us-east-1")),
    Unmet("address", {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, ("aws:SourceIp", "10.0.0.0/8"), known=False),
    Unmet("prefix", {"StringEquals": {"s3:prefix": "in/"}}, ("s3:prefix", "in/"), False, listing, "s3:ListBucket"),
)


@pytest.mark.parametrize("unmet", UNMET, ids=lambda unmet: unmet.name)
def test_a_condition_that_is_not_met_is_named_with_both_values(
    unmet: Unmet, account: Account, reader: AccountReader
) -> None:
    name = f"unmet-{unmet.name}"
    built = bucket(account, name)
    on = [built["arn"], f"{built['arn']}/*"]
    function = running(account, name, allow(unmet.action, on=on, **unmet.condition), tags={"team": "blue"})
    found = explained(reader, function.refused(unmet.wanted(built)))[1]
    assert (found.rule, str(found.layer)) == ("condition_unmet", "identity"), found
    assert str(found.confidence) == ("verified" if unmet.known else "incomplete")
    assert all(word in found.because for word in unmet.words), found.because
    assert all(isinstance(fix, Advice) for fix in found.fixes)


# ---------------------------------------------------------------- calls whose refusal names no resource


def bare(account: Account, reader: AccountReader, name: str, wanted: str, **about: Any) -> Diagnosis:
    """What is found for a refused HEAD, of which S3 says nothing but 403."""
    built = bucket(account, name)
    may = [allow(action, on=f"{built['arn']}{on}") for action, on in about.pop("may", ())]
    function = running(account, name, *may, **about)
    of = {"Bucket": name} | ({"Key": "incoming/2.csv"} if wanted == "head_object" else {})
    return explained(reader, function.refused(call("s3", wanted, **of)), name)[1]


HEADS = {
    "nothing": ("head_object", (), "identity_missing_allow", "HeadObject asks for it"),
    "on-bucket": ("head_object", (("s3:GetObject", ""),), "s3_object_on_bucket_arn", "holds no object"),
    "on-objects": ("head_bucket", (("s3:ListBucket", "/*"),), "s3_list_on_object_arn", "asked of a bucket"),
    "elsewhere": ("head_object", (("s3:GetObject", "/private/*"),), "undecided", "does not name"),
}


@pytest.mark.parametrize("head", HEADS)
def test_a_bare_403_says_what_is_certain_and_shows_no_statement(
    head: str, account: Account, reader: AccountReader
) -> None:
    wanted, may, rule, words = HEADS[head]
    found = bare(account, reader, f"head-{head}", wanted, may=may)
    assert (found.rule, str(found.confidence)) == (rule, "incomplete"), found
    assert words in found.because
    assert not any(getattr(fix, "statements", ()) for fix in found.fixes)


def test_a_bare_403_under_a_boundary_that_never_allows_it_blames_the_boundary(
    account: Account, reader: AccountReader
) -> None:
    boundary = account.policy("head-boundary-policy", allow("dynamodb:*"))
    may = (("s3:GetObject", "/*"),)
    assert bare(account, reader, "head-boundary", "head_object", may=may, boundary=boundary).rule == (
        "permissions_boundary"
    )


# ---------------------------------------------------------------- what looks like a missing permission and is none


def test_a_key_that_does_not_exist_is_told_from_an_object_that_may_not_be_read(
    account: Account, reader: AccountReader
) -> None:
    built = bucket(account, "told-hidden")
    function = running(account, "told-hidden", allow("s3:GetObject", on=f"{built['arn']}/*"))
    found = explained(reader, function.refused(get(built, "incoming/none.csv")))[1]
    assert (found.rule, str(found.layer)) == ("s3_missing_list", "identity")
    assert "does not exist" in found.because


def test_a_function_that_got_another_role_since_is_told_both(account: Account, reader: AccountReader) -> None:
    built = bucket(account, "told-moved")
    function = running(account, "told-moved")
    said = function.refused(get(built))
    functions = account.client("lambda")
    until(lambda: functions.get_function_configuration(FunctionName="told-moved")["State"] == "Active")
    functions.update_function_configuration(FunctionName="told-moved", Role=account.role("told-other", allow("s3:*")))
    found = explained(reader, said)[1]
    assert found.rule == "wrong_role"
    assert "told-moved-role" in found.because
    assert "told-other" in found.because
    assert not found.fixes


def test_a_permission_that_was_added_meanwhile_needs_nothing_but_a_retry(
    account: Account, reader: AccountReader
) -> None:
    built = bucket(account, "told-late")
    function = running(account, "told-late")
    said = function.refused(get(built))
    account.client("iam").put_role_policy(
        RoleName="told-late-role",
        PolicyName="late",
        PolicyDocument='{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}',
    )
    found, plan = explained(reader, said)[1:]
    assert (found.rule, found.fixes, plan) == ("already_allowed", (), None)


def test_passing_a_role_is_left_to_a_person(account: Account, reader: AccountReader) -> None:
    passed = account.role("told-passed")
    function = running(account, "told-passing", allow("states:CreateStateMachine"))
    definition = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'
    wanted = call("stepfunctions", "create_state_machine", name="told", roleArn=passed, definition=definition)
    found, plan = explained(reader, function.refused(wanted))[1:]
    assert (found.rule, plan) == ("pass_role", None)
    assert all(isinstance(fix, Advice) for fix in found.fixes)
    assert passed in found.because


def test_several_refusals_of_one_text_are_each_explained(account: Account, reader: AccountReader) -> None:
    built = bucket(account, "told-several")
    function = running(account, "told-several")
    put = call("s3", "put_object", Bucket=built["bucket"], Key="incoming/9.csv", Body="1")
    both = f"{function.refused(get(built, 'incoming/2.csv'))}\n{function.refused(put)}"
    assert [denial.action for denial in denials(reader, both)] == ["s3:GetObject", "s3:PutObject"]
