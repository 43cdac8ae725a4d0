"""Clients are made when asked for, counted, cut down when assumed, and turn every fault into CannotRead."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.faults import NotRead
from iam_watchdog.ports import CannotRead, CannotWrite
from tests.aws.answers import BROKEN, DENIED, REGION, THROTTLED, Answers, Refusal

ROLE = "arn:aws:iam::123456789012:role/hands"


def test_nothing_is_made_before_it_is_asked_for() -> None:
    clients = Clients()
    assert clients._made == {}
    assert clients._session is None


def test_two_threads_share_one_client() -> None:
    clients = Answers().clients()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: clients.get("sqs"), range(8)))
    assert len({id(client) for client in made}) == 1


def test_another_region_is_another_client() -> None:
    clients = Answers().clients()
    assert clients.get("sqs", region="us-east-1") is not clients.get("sqs")


@pytest.mark.parametrize("region", ["evil.example.com/", "us-evil", "x y", "US-EAST-1"])
def test_nobody_is_called_in_a_region_that_botocore_does_not_know(region: str) -> None:
    clients = Answers({"sts:GetCallerIdentity": {"Account": "1"}}).clients()
    with pytest.raises(NotRead, match="is no Region"):
        clients.read("sts", "get_caller_identity", region=region)
    assert clients.calls == {}


def test_calls_are_counted_by_operation() -> None:
    clients = Answers({"sts:GetCallerIdentity": {"Account": "1"}}).clients()
    for _ in range(3):
        clients.read("sts", "get_caller_identity")
    assert clients.calls == {"sts:GetCallerIdentity": 3}


@pytest.mark.parametrize(
    ("answer", "transient"),
    [
        (DENIED, False),
        (THROTTLED, True),
        (BROKEN, True),
        (Refusal("KMSAccessDeniedException", "no", 502), False),
        (Refusal("EC2AccessDeniedException", "no", 502), False),
        (Refusal("EC2ThrottledException", "later", 502), True),
        (ReadTimeoutError(endpoint_url="https://x"), True),
        (ConnectTimeoutError(endpoint_url="https://x"), True),
        (EndpointConnectionError(endpoint_url="https://x"), True),
    ],
)
def test_a_fault_is_cannot_read_and_says_whether_a_later_try_may_help(
    answer: Refusal | Exception, transient: bool
) -> None:
    with pytest.raises(CannotRead) as caught:
        Answers({"sts:GetCallerIdentity": answer}).clients().read("sts", "get_caller_identity")
    assert caught.value.transient is transient
    assert "sts get caller identity" in str(caught.value)


def test_what_is_said_to_be_absent_is_empty_and_no_fault() -> None:
    clients = Answers({"s3:GetBucketPolicy": Refusal("NoSuchBucketPolicy", "none", 404)}).clients()
    assert clients.read("s3", "get_bucket_policy", absent=("NoSuchBucketPolicy",), Bucket="shop-orders") == {}


def test_a_parameter_that_botocore_refuses_is_cannot_read() -> None:
    with pytest.raises(NotRead, match="ParamValidationError"):
        Answers().clients().read("s3", "get_bucket_policy", Bucket="not a bucket/name")


def test_a_page_of_a_proxy_instead_of_an_answer_is_cannot_read_and_may_pass() -> None:
    clients = Answers({"lambda:ListFunctions": ResponseParserError("invalid XML received: b'<html>'")}).clients()
    with pytest.raises(NotRead, match="invalid XML") as no:
        clients.pages("lambda", "list_functions", "Functions", limit=2)
    assert no.value.transient


def test_pages_stop_at_the_limit_and_say_that_there_is_more() -> None:
    functions = [{"FunctionName": f"f{n}"} for n in range(3)]
    clients = Answers({"lambda:ListFunctions": {"Functions": functions, "NextMarker": "m"}}).clients()
    found, more = clients.pages("lambda", "list_functions", "Functions", limit=2)
    assert [f["FunctionName"] for f in found] == ["f0", "f1"]
    assert more


def test_an_operation_that_botocore_does_not_know_is_not_offered() -> None:
    clients = Answers().clients()
    assert clients.offers("sts", "get_caller_identity")
    assert not clients.offers("sts", "read_minds")
    assert not clients.offers("no-such-service", "anything")


def test_regions_have_the_partition_of_botocores_list() -> None:
    clients = Answers().clients()
    assert clients.partition("cn-north-1") == "aws-cn"
    assert clients.partition("atlantis-1") == ""


@pytest.mark.parametrize(
    ("endpoint", "asked"),
    [
        (None, "https://123456789012.s3-control.eu-west-1.amazonaws.com"),
        ("https://proxy.example:4443", "https://123456789012.proxy.example:4443"),
        ("http://127.0.0.1.example:4566", "http://123456789012.127.0.0.1.example:4566"),
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566"),
        ("http://localhost:4566", "http://localhost:4566"),
    ],
)
def test_s3_control_puts_the_account_before_every_host_but_this_machines(endpoint: str | None, asked: str) -> None:
    went: list[Any] = []

    def sent(request: Any, **_: object) -> None:
        went.append(request)
        raise ConnectTimeoutError(endpoint_url=request.url)

    clients = Clients(boto3.Session("AKIDEXAMPLE", "none", region_name=REGION), endpoint, REGION, attempts=1)
    clients.get("s3control").meta.events.register("before-send", sent)
    with pytest.raises(NotRead):
        clients.read("s3control", "get_access_point_policy", AccountId="123456789012", Name="point")
    assert went[0].url.startswith(f"{asked}/v20180820/accesspoint/point/policy")
    assert "Signature=" in str(went[0].headers["Authorization"])


def test_an_assumed_role_is_cut_down_and_lasts_fifteen_minutes() -> None:
    keys = {"AccessKeyId": "ASIAEXAMPLE1234567", "SecretAccessKey": "s", "SessionToken": "t"}
    aws = Answers({"sts:AssumeRole": {"Credentials": {**keys, "Expiration": datetime(2026, 1, 1, tzinfo=UTC)}}})
    hands = aws.clients().assumed(ROLE, "wd-1a2b", {"Statement": []})
    assert aws.named("sts:AssumeRole") == [
        {"RoleArn": ROLE, "RoleSessionName": "wd-1a2b", "Policy": '{"Statement":[]}', "DurationSeconds": 900}
    ]
    credentials = hands.session.get_credentials()
    assert credentials is not None
    assert credentials.access_key == "ASIAEXAMPLE1234567"


def test_a_role_that_may_not_be_assumed_is_cannot_write() -> None:
    with pytest.raises(CannotWrite, match="AccessDenied"):
        Answers({"sts:AssumeRole": DENIED}).clients().assumed(ROLE, "wd-1a2b", "{}")
