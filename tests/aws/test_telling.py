"""Telling people through real API semantics: the topic by protocol, the bucket, the link."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from iam_watchdog.aws.announcer import Announcer
from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.report_link import ReportLinks
from iam_watchdog.report.notification import report_key
from tests.fakes import FakeClock
from tests.report.incidents import NOW, SETTINGS, incident, proposed

REGION = "us-east-1"
BUCKET = "wd-reports"


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, REGION)
    monkeypatch.setenv("MOTO_ACCOUNT_ID", SETTINGS.account)
    with mock_aws():
        yield Clients(boto3.Session(region_name=REGION), region=REGION)


def subscribed(clients: Clients, topic: str, policy: dict[str, Any]) -> str:
    sqs = clients.get("sqs")
    url = str(sqs.create_queue(QueueName="inbox")["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    attributes = {"FilterPolicy": json.dumps(policy), "RawMessageDelivery": "true"}
    clients.get("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return url


@pytest.mark.parametrize(("wanted", "count"), [("proposed", 1), ("verified", 0)])
def test_a_machine_gets_the_json_it_filters_for(clients: Clients, wanted: str, count: int) -> None:
    """By status, in a queue's own form."""
    topic = clients.get("sns").create_topic(Name="alerts")["TopicArn"]
    url = subscribed(clients, topic, {"status": [wanted]})
    shown = Announcer(clients, SETTINGS, FakeClock(NOW), topic=topic).show(incident(proposed()))
    assert [fact.channel for fact in shown] == ["sns"]
    got = clients.get("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    assert len(got) == count
    for message in got:
        assert json.loads(message["Body"])["rule"] == "s3_object_on_bucket_arn"


def test_the_report_is_kept_and_opened_by_a_link_for_ten_minutes(clients: Clients) -> None:
    """Whoever has the link sees the page, and no cache keeps it."""
    s3 = clients.get("s3")
    s3.create_bucket(Bucket=BUCKET)
    of = incident(proposed())
    links = ReportLinks(s3, BUCKET)
    assert links.link(of) == ""
    Announcer(clients, SETTINGS, FakeClock(NOW), bucket=BUCKET).show(of)
    kept = s3.get_object(Bucket=BUCKET, Key=report_key(of))
    assert kept["ContentType"] == "text/html; charset=utf-8"
    assert kept["CacheControl"] == "no-store"
    assert b"The way of the refused call" in kept["Body"].read()
    link = links.link(of)
    assert report_key(of) in link
    assert "X-Amz-Signature=" in link, "signature version 2 opens no bucket made since June 2020"
    assert "X-Amz-Expires=600" in link
