"""An S3 access point: its policy and the bucket behind it, both in the evidence, by its ARN and by its alias."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.stub import Stubber

from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.model import Answer, Denial, Evidence, Layer
from iam_watchdog.rules.case import open_case
from tests.aws import shop
from tests.aws.answers import ACCOUNT, DENIED, REGION, THROTTLED, Answers, Refusal, Reply
from tests.aws.shop import BUCKET, KEY, SETTINGS, denial

POINT = f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/orders"
OBJECT = f"{POINT}/object/incoming/a.json"
ALIAS = "orders-0123456789abcdef-s3alias"
POLICY = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}'
NAMED: Mapping[str, Any] = {
    "Name": "orders",
    "Bucket": "shop-orders",
    "NetworkOrigin": "VPC",
    "BucketAccountId": ACCOUNT,
}
LISTED = {**NAMED, "AccessPointArn": POINT, "Alias": ALIAS}
ANSWERS: Mapping[str, Reply] = {
    **shop.shop(),
    "s3control:GetAccessPoint": NAMED,
    "s3control:GetAccessPointPolicy": {"Policy": POLICY},
    "s3control:ListAccessPoints": {
        "AccessPointList": [{"Name": "other", "NetworkOrigin": "Internet", "Bucket": "b"}, LISTED]
    },
}
NONE = Refusal("NoSuchAccessPointPolicy", "none", 404)
GONE = Refusal("NoSuchAccessPoint", "gone", 404)


def looked_at(resource: str = OBJECT, **answers: Reply) -> tuple[Evidence, Answers]:
    named = {f"s3control:{operation}": answer for operation, answer in answers.items()}
    aws = Answers({**ANSWERS, **named})
    return AccountReader(aws.clients(), SETTINGS).gather(asked(resource)), aws


def asked(resource: str = OBJECT) -> Denial:
    return denial(resource=resource)


def test_the_access_point_comes_first_then_the_bucket_behind_it_and_its_key() -> None:
    evidence, aws = looked_at()
    point, bucket, key = evidence.targets
    assert (point.arn, point.account, point.key) == (POINT, ACCOUNT, KEY)
    assert point.traits == {"bucket": BUCKET, "origin": "VPC", "encryption": "aws:kms"}
    assert (bucket.arn, key.arn) == (BUCKET, KEY)
    assert evidence.unread == ()
    assert aws.named("s3control:GetAccessPoint") == [{"AccountId": ACCOUNT, "Name": "orders"}]


def test_both_policies_are_there() -> None:
    evidence, _ = looked_at()
    assert [(p.name, p.text) for p in evidence.of(Layer.RESOURCE, POINT)] == [("access point policy", POLICY)]
    assert [p.name for p in evidence.of(Layer.RESOURCE, BUCKET)] == ["bucket policy"]


def test_three_rounds_are_enough_for_the_key_behind_the_bucket_behind_the_point() -> None:
    reader = AccountReader(Answers(dict(ANSWERS)).clients(), SETTINGS)
    evidence = reader.gather(asked())
    assert reader.rounds == 3
    assert evidence.of(Layer.RESOURCE, KEY)


def test_an_access_point_without_a_policy_has_none() -> None:
    evidence, _ = looked_at(GetAccessPointPolicy=NONE)
    assert evidence.of(Layer.RESOURCE, POINT) == ()
    assert evidence.unread == ()


def test_an_access_point_that_is_gone_is_said_to_be() -> None:
    evidence, _ = looked_at(GetAccessPoint=GONE, GetAccessPointPolicy=GONE)
    assert evidence.target is not None
    assert evidence.target.traits == {"exists": "false"}
    assert evidence.unread == ()


@pytest.mark.parametrize("fault", [DENIED, THROTTLED], ids=lambda fault: fault.code)
@pytest.mark.parametrize(
    ("operation", "what"),
    [("GetAccessPoint", f"bucket behind {POINT}"), ("GetAccessPointPolicy", f"access point policy of {POINT}")],
)
def test_what_cannot_be_read_leaves_the_call_undecided(operation: str, what: str, fault: Refusal) -> None:
    evidence, _ = looked_at(OBJECT, **{operation: fault})
    assert [(u.what, u.decides) for u in evidence.unread] == [(what, True)]
    assert open_case(asked(), evidence).verdict.answer is Answer.UNKNOWN


def test_an_answer_without_a_bucket_is_a_gap() -> None:
    evidence, _ = looked_at(GetAccessPoint={"Name": "orders"})
    assert [u.what for u in evidence.unread] == [f"bucket behind {POINT}"]
    assert "unknown form" in evidence.unread[0].why


def test_a_bucket_policy_that_is_refused_puts_the_access_points_call_in_doubt() -> None:
    aws = Answers({**ANSWERS, "s3:GetBucketPolicy": DENIED, "s3:GetBucketLocation": {}})
    evidence = AccountReader(aws.clients(), SETTINGS).gather(asked())
    assert [u.what for u in evidence.unread if u.decides] == [f"bucket policy of {BUCKET} behind {POINT}"]
    assert open_case(asked(), evidence).verdict.answer is Answer.UNKNOWN


def test_a_bucket_of_another_account_is_not_asked_and_its_delegation_is_named() -> None:
    evidence, aws = looked_at(GetAccessPoint={**NAMED, "BucketAccountId": "999999999999"})
    assert aws.named("s3:GetBucketPolicy") == []
    assert [u.what for u in evidence.unread if u.decides] == [f"delegation to {POINT}"]
    assert "999999999999" in evidence.unread[0].why
    assert open_case(asked(), evidence).verdict.answer is Answer.UNKNOWN


def test_an_access_point_of_an_account_that_is_not_listed_is_not_asked() -> None:
    evidence, aws = looked_at(OBJECT.replace(ACCOUNT, "999999999999"))
    assert [name for name, _ in aws.asked if name.startswith("s3")] == []
    assert {u.layer for u in evidence.unread if u.decides} == {Layer.RESOURCE}


def test_an_alias_leads_to_its_access_point() -> None:
    evidence, aws = looked_at(f"arn:aws:s3:::{ALIAS}/incoming/a.json")
    assert evidence.target is not None
    assert (evidence.target.arn, evidence.target.traits["alias"], evidence.target.key) == (POINT, ALIAS, KEY)
    assert [p.name for p in evidence.of(Layer.RESOURCE, POINT)] == ["access point policy"]
    assert aws.named("s3control:GetAccessPoint") == []
    assert evidence.unread == ()
    assert open_case(asked(f"arn:aws:s3:::{ALIAS}/incoming/a.json"), evidence).request.resource == OBJECT


@pytest.mark.parametrize("answer", [DENIED, THROTTLED, {"AccessPointList": []}])
def test_an_alias_that_leads_nowhere_is_named(answer: Reply) -> None:
    evidence, _ = looked_at(f"arn:aws:s3:::{ALIAS}/incoming/a.json", ListAccessPoints=answer)
    assert [(u.what, u.decides) for u in evidence.unread] == [(f"access point behind arn:aws:s3:::{ALIAS}", True)]
    assert evidence.of(Layer.RESOURCE, BUCKET) == ()


@pytest.mark.parametrize(
    ("resource", "why"),
    [
        (f"arn:aws:s3::{ACCOUNT}:accesspoint/m1.mrap/object/a.json", "multi-Region access points"),
        (f"arn:aws:s3:{REGION}:{ACCOUNT}:access-grants/default", "access grants"),
    ],
)
def test_what_has_a_policy_that_is_not_read_is_named(resource: str, why: str) -> None:
    evidence, _ = looked_at(resource)
    assert [(u.layer, u.decides) for u in evidence.unread] == [(Layer.RESOURCE, False)]
    assert why in evidence.unread[0].why


@pytest.mark.parametrize("name", ["*", "..", "../../x", "", "a?b", "orders/../other"])
def test_a_name_that_could_lead_elsewhere_is_not_asked_about(name: str) -> None:
    _, aws = looked_at(f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/{name}")
    assert all(params["Name"] == "orders" for asked, params in aws.asked if asked.startswith("s3control:"))


def test_a_batch_job_has_no_policy() -> None:
    evidence, _ = looked_at(f"arn:aws:s3:{REGION}:{ACCOUNT}:job/11-22")
    assert evidence.unread == ()
    assert evidence.targets[0].arn.endswith(":job/11-22")


def test_the_calls_have_the_shapes_of_botocores_models() -> None:
    client = Answers().clients().get("s3control")
    named = {"AccountId": ACCOUNT, "Name": "orders"}
    with Stubber(client) as stub:
        stub.add_response("get_access_point", dict(NAMED), named)
        stub.add_response("get_access_point_policy", {"Policy": POLICY}, named)
        stub.add_response("list_access_points", {"AccessPointList": [LISTED]}, {"AccountId": ACCOUNT})
        assert client.get_access_point(**named)["Bucket"] == "shop-orders"
        assert client.get_access_point_policy(**named)["Policy"] == POLICY
        assert client.list_access_points(AccountId=ACCOUNT)["AccessPointList"][0]["Alias"] == ALIAS
