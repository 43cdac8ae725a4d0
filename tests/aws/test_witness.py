"""A denial is believed on AWS's word alone: its record by event id, its authorization details, its decoded message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.loaders import Loader, create_loader
from botocore.stub import Stubber

from iam_watchdog.aws import authorization
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.aws.read.account import Account
from iam_watchdog.detect import cloudtrail
from iam_watchdog.detect.ground import Ground
from iam_watchdog.model import CAPTURED, Confidence, Denial, Evidence, Kind, Layer, Message, Policy
from iam_watchdog.records import canonical
from iam_watchdog.rules import diagnose
from tests.aws import shop
from tests.aws.answers import ACCOUNT, DENIED, REGION, THROTTLED, Answers, Refusal, Reply
from tests.aws.shop import NOON, ROLE, SESSION, SETTINGS, denial

EVENT = "1f0b2a1c-0000-4000-8000-0123456789ab"
AUTHORIZATION = "0a1b2c3d-1111-2222-3333-444455556666"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:db-AbCdEf"
BASE: Mapping[str, Reply] = {
    **shop.shop(),
    "secretsmanager:DescribeSecret": {"ARN": SECRET},
    "secretsmanager:GetResourcePolicy": {"ARN": SECRET},
}


def record(**changed: Any) -> dict[str, Any]:
    """CloudTrail's record of a refused GetSecretValue."""
    text = (
        f"User: {SESSION} is not authorized to perform: secretsmanager:GetSecretValue on resource: {SECRET} "
        "because no identity-based policy allows the secretsmanager:GetSecretValue action"
    )
    issuer = {"type": "Role", "arn": ROLE, "accountId": ACCOUNT, "userName": "orders-role"}
    who = {"type": "AssumedRole", "arn": SESSION, "accountId": ACCOUNT, "sessionContext": {"sessionIssuer": issuer}}
    return {
        "eventVersion": "1.11",
        "userIdentity": who,
        "eventTime": "2026-11-23T12:00:00Z",
        "eventSource": "secretsmanager.amazonaws.com",
        "eventName": "GetSecretValue",
        "awsRegion": REGION,
        "sourceIPAddress": "10.0.0.1",
        "userAgent": "Boto3/1.43 exec-env/AWS_Lambda_python3.13",
        "errorCode": "AccessDenied",
        "errorMessage": text,
        "requestParameters": None,
        "eventID": EVENT,
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
    } | changed


def noticed() -> Denial:
    """What the trail function makes of the event."""
    return cloudtrail.from_record(record(), Ground(ACCOUNT, REGION))[0]


def listed(*records: Mapping[str, Any]) -> Reply:
    return {"Events": [{"EventId": each["eventID"], "CloudTrailEvent": json.dumps(each)} for each in records]}


def looked_at(what: Denial, answers: Mapping[str, Reply]) -> tuple[Evidence, Answers]:
    aws = Answers({**BASE, **answers})
    return AccountReader(aws.clients(), SETTINGS).gather(what), aws


# ---------------------------------------------------------------- CloudTrail


def test_a_log_line_has_no_event_to_look_up() -> None:
    evidence, aws = looked_at(denial(event_id=EVENT), {})
    assert aws.named("cloudtrail:LookupEvents") == []
    assert "witness_confirmed" not in evidence.facts


def test_cloudtrails_own_record_confirms_what_came_from_it() -> None:
    evidence, aws = looked_at(noticed(), {"cloudtrail:LookupEvents": listed(record())})
    assert aws.named("cloudtrail:LookupEvents") == [
        {"LookupAttributes": [{"AttributeKey": "EventId", "AttributeValue": EVENT}]}
    ]
    assert evidence.facts["witness_confirmed"] == "cloudtrail"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"errorCode": None}, "no refused call"),
        ({"recipientAccountId": "999999999999"}, "another account"),
        ({"awsRegion": "us-east-1"}, "region is us-east-1"),
        ({"errorMessage": "", "eventName": "PutSecretValue"}, "action is secretsmanager:PutSecretValue"),
    ],
)
def test_a_record_that_says_otherwise_confirms_nothing(changed: dict[str, Any], why: str) -> None:
    evidence, _ = looked_at(noticed(), {"cloudtrail:LookupEvents": listed(record(**changed))})
    assert "witness_confirmed" not in evidence.facts
    assert why in evidence.facts["witness_unconfirmed"]


def test_a_record_under_another_id_confirms_nothing() -> None:
    other = record(eventID="ffffffff-0000-4000-8000-0123456789ab")
    evidence, _ = looked_at(noticed(), {"cloudtrail:LookupEvents": listed(other)})
    assert "does not list" in evidence.facts["witness_unconfirmed"]


@pytest.mark.parametrize("fault", [DENIED, THROTTLED])
def test_a_history_that_cannot_be_read_is_named(fault: Refusal) -> None:
    evidence, _ = looked_at(noticed(), {"cloudtrail:LookupEvents": fault})
    assert "witness_confirmed" not in evidence.facts
    assert [u.why for u in evidence.unread if EVENT in u.what] == [
        f"cloudtrail lookup events: {fault.code}: {fault.message}"
    ]


# ---------------------------------------------------------------- the encoded message


def encoded(**changed: Any) -> Denial:
    said = Message(Kind.IAM_DENIAL, action="ec2:CreateTags", encoded="blob")
    given: dict[str, Any] = {"action": "ec2:CreateTags", "resource": None, "said": said}
    return denial(**(given | changed))


def decoded(**changed: Any) -> Reply:
    context = {
        "principal": {"id": "AROA:orders", "arn": SESSION},
        "action": "ec2:CreateTags",
        "resource": f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-1",
        "conditions": {"items": []},
    } | changed
    answer = {"allowed": False, "explicitDeny": True, "matchedStatements": {"items": []}, "context": context}
    return {"DecodedMessage": json.dumps(answer)}


def test_a_message_that_is_not_encoded_is_not_decoded() -> None:
    _, aws = looked_at(denial(), {})
    assert aws.named("sts:DecodeAuthorizationMessage") == []


def test_an_encoded_message_tells_resource_and_effect() -> None:
    evidence, _ = looked_at(encoded(), {"sts:DecodeAuthorizationMessage": decoded()})
    answer = json.loads(evidence.facts["decoded"])
    assert (answer["explicitDeny"], answer["resource"][-12:]) == (True, "instance/i-1")


@pytest.mark.parametrize(
    "changed",
    [
        {"principal": {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/somebody/orders"}},
        {"principal": {}},
        {"action": "ec2:TerminateInstances"},
    ],
)
def test_a_decoded_answer_about_another_call_is_thrown_away(changed: dict[str, Any]) -> None:
    evidence, _ = looked_at(encoded(), {"sts:DecodeAuthorizationMessage": decoded(**changed)})
    assert "decoded" not in evidence.facts
    assert "another call" in evidence.facts["decoded_discarded"]


def test_a_decoded_answer_about_another_resource_is_thrown_away() -> None:
    what = encoded(resource=f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-2")
    evidence, _ = looked_at(what, {"sts:DecodeAuthorizationMessage": decoded()})
    assert "decoded" not in evidence.facts


@pytest.mark.parametrize("fault", [DENIED, Refusal("InvalidAuthorizationMessageException", "cut off", 400)])
def test_a_message_that_may_not_be_decoded_is_named(fault: Refusal) -> None:
    evidence, _ = looked_at(encoded(), {"sts:DecodeAuthorizationMessage": fault})
    assert [u.decides for u in evidence.unread if "encoded" in u.what] == [False]


# ---------------------------------------------------------------- the authorization id


def with_id(**changed: Any) -> Denial:
    said = Message(Kind.IAM_DENIAL, action="s3:GetObject", authorization_id=AUTHORIZATION)
    return denial(said=said, **changed)


def details(**changed: Any) -> dict[str, Any]:
    evaluation = {
        "action": "s3:GetObject",
        "resource": f"{shop.BUCKET}/incoming/a.json",
        "evaluatedEffect": "IMPLICIT_DENY",
    }
    context = {"aws:PrincipalArn": ROLE, "aws:CurrentTime": "2026-11-23T12:01:00Z"}
    return {"requestContext": context, "evaluations": [evaluation], "policies": []} | changed


OPERATION = "iam-toolbox:GetRequestAuthorizationDetails"
OFFERED = Answers().clients().offers("iam-toolbox", "get_request_authorization_details")
needs_toolbox = pytest.mark.skipif(not OFFERED, reason="this botocore has no iam-toolbox")


def test_a_client_that_cannot_ask_asks_nothing() -> None:
    account = Account(Answers().clients(), SETTINGS)
    account.clients.offers = lambda *_: False  # type: ignore[method-assign]
    assert authorization.reads(with_id(), account) == ()


@needs_toolbox
def test_awss_own_answer_confirms_a_denial() -> None:
    evidence, aws = looked_at(with_id(), {OPERATION: details()})
    assert aws.named(OPERATION) == [{"authorizationId": AUTHORIZATION}]
    assert evidence.facts["witness_confirmed"] == "authorization"
    evaluation = json.loads(evidence.facts["authorization"])["evaluations"][0]
    assert evaluation["evaluatedEffect"] == "IMPLICIT_DENY"
    assert evaluation["context"]["aws:PrincipalArn"] == ROLE


@needs_toolbox
def test_the_answer_has_the_shape_of_botocores_model() -> None:
    client = Answers().clients().get("iam-toolbox")
    with Stubber(client) as stub:
        stub.add_response("get_request_authorization_details", details(), {"authorizationId": AUTHORIZATION})
        answer = client.get_request_authorization_details(authorizationId=AUTHORIZATION)
    assert authorization.differs(with_id(), answer) == ""


@needs_toolbox
def test_all_pages_are_read() -> None:
    def paged(params: Mapping[str, Any]) -> dict[str, Any]:
        return details() if params.get("nextToken") else details(evaluations=[], nextToken="2")

    evidence, _ = looked_at(with_id(), {OPERATION: paged})
    assert evidence.facts["witness_confirmed"] == "authorization"


@needs_toolbox
@pytest.mark.parametrize(
    "changed",
    [
        {"requestContext": {}},
        {"requestContext": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/somebody"}},
        {"requestContext": {"aws:PrincipalArn": ROLE, "aws:CurrentTime": ["2026-11-23T14:00:00Z"]}},
        {"evaluations": []},
        {"evaluations": [{"action": "s3:PutObject", "resource": f"{shop.BUCKET}/incoming/a.json"}]},
        {"evaluations": [{"action": "s3:GetObject", "resource": f"{shop.BUCKET}/other"}]},
        {
            "evaluations": [
                {
                    "action": "s3:GetObject",
                    "resource": f"{shop.BUCKET}/incoming/a.json",
                    "evaluatedEffect": "ALLOW",
                }
            ]
        },
    ],
)
def test_an_answer_about_another_call_confirms_nothing(changed: dict[str, Any]) -> None:
    evidence, _ = looked_at(with_id(), {OPERATION: details(**changed)})
    assert "witness_confirmed" not in evidence.facts
    assert "authorization" not in evidence.facts
    assert evidence.facts["witness_unconfirmed"]


@needs_toolbox
def test_an_answer_that_is_not_there_yet_is_said() -> None:
    evidence, _ = looked_at(with_id(), {OPERATION: Refusal("ResourceNotFoundException", "not yet", 404)})
    assert "not yet" in evidence.facts["witness_unconfirmed"]
    assert evidence.unread == ()


@needs_toolbox
def test_a_refused_question_is_named() -> None:
    evidence, _ = looked_at(with_id(), {OPERATION: DENIED})
    assert [u.decides for u in evidence.unread if AUTHORIZATION in u.what] == [False]


@needs_toolbox
def test_an_id_that_is_none_is_not_sent() -> None:
    said = Message(Kind.IAM_DENIAL, authorization_id="../../policies")
    _, aws = looked_at(denial(said=said), {})
    assert aws.named(OPERATION) == []


# ---------------------------------------------------------------- AWS's copy of a policy that nobody else can show

COPY = "iam-toolbox:GetRequestAuthorizationPolicy"
GUARD = "arn:aws:organizations::111111111111:policy/o-1/service_control_policy/p-guard"
OU = "arn:aws:organizations::111111111111:ou/o-1/ou-ab12-cd34"
DENIES = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "NoReads", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}],
}
MEMBER: Mapping[str, Reply] = {
    "organizations:DescribeOrganization": {"Organization": {"MasterAccountId": "111111111111"}},
    "organizations:ListParents": DENIED,
}


class Newer(Loader):
    """botocore's models with the operation as botocore 1.44.5 has it."""

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        model = super().load_service_model(service_name, type_name, api_version)
        if (service_name, type_name) != ("iam-toolbox", "service-2"):
            return model
        path, query = ({"shape": "String", "location": at, "locationName": name} for at, name in WHERE.items())
        uri = "/authorization-details/{authorizationId}/policy"
        copy = {
            "name": "GetRequestAuthorizationPolicy",
            "http": {"method": "GET", "requestUri": uri, "responseCode": 200},
            "input": {"shape": "CopyInput"},
            "output": {"shape": "CopyOutput"},
            "errors": [{"shape": "ResourceNotFoundException"}],
        }
        shapes = {
            "CopyInput": structure(authorizationId=path, policyUri=query),
            "CopyOutput": structure(policyDocument={"shape": "Anything"}),
            "Anything": {"type": "structure", "members": {}, "document": True},
        }
        operations = {"GetRequestAuthorizationPolicy": copy, **model["operations"]}
        return {**model, "operations": operations, "shapes": {**shapes, **model["shapes"]}}


WHERE = {"uri": "authorizationId", "querystring": "policyUri"}


def structure(**members: Any) -> dict[str, Any]:
    return {"type": "structure", "required": list(members), "members": members}


NEWER = Newer()
NEWER.search_paths.extend(create_loader().search_paths)


def guarded(effect: str = "DENY", kind: str = "SERVICE_CONTROL_POLICY", count: int = 1) -> dict[str, Any]:
    """AWS's answer about a call that policies of one kind refused."""
    named = [f"{GUARD}{n or ''}" for n in range(count)]
    matched = [{"uri": uri, "matchedStatements": [{"sid": "NoReads", "evaluatedEffect": effect}]} for uri in named]
    evaluation = {**details()["evaluations"][0], "evaluatedEffect": "EXPLICIT_DENY", "matchedPolicies": matched}
    listed = [{"type": kind, "uri": uri, "attachedTo": [{"arn": OU}]} for uri in named]
    return details(evaluations=[evaluation], policies=listed)


def copied(answer: Mapping[str, Any], copy: Reply, models: Loader = NEWER) -> tuple[Evidence, Answers]:
    aws = Answers({**BASE, **MEMBER, OPERATION: answer, COPY: copy}, models=models)
    return AccountReader(aws.clients(), SETTINGS).gather(with_id()), aws


@needs_toolbox
@pytest.mark.parametrize(
    "answer",
    [details(), guarded("ALLOW"), guarded(kind="IDENTITY_BASED_POLICY"), guarded() | {"policies": []}],
    ids=["nothing matched", "an Allow", "what the account may read itself", "not listed"],
)
def test_no_copy_is_asked_for_of_what_did_not_deny_or_can_be_read(answer: dict[str, Any]) -> None:
    evidence, aws = copied(answer, {})
    assert aws.named(COPY) == []
    assert evidence.facts["witness_confirmed"] == "authorization"


@needs_toolbox
def test_a_botocore_that_does_not_know_the_operation_does_not_ask() -> None:
    class Older(Newer):
        def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
            model = super().load_service_model(service_name, type_name, api_version)
            kept = {k: v for k, v in model.get("operations", {}).items() if k != "GetRequestAuthorizationPolicy"}
            return {**model, "operations": kept} if service_name == "iam-toolbox" and kept else model

    older = Older()
    older.search_paths.extend(NEWER.search_paths)
    _, aws = copied(guarded(), {}, older)
    assert aws.named(COPY) == []
    assert aws.named(OPERATION)


@needs_toolbox
@pytest.mark.parametrize(
    ("kind", "layer"),
    [
        ("SERVICE_CONTROL_POLICY", Layer.SCP),
        ("RESOURCE_CONTROL_POLICY", Layer.RCP),
        ("SESSION_POLICY", Layer.SESSION),
        ("VPC_ENDPOINT_POLICY", Layer.VPCE),
    ],
)
def test_the_document_behind_an_explicit_deny_that_nobody_here_may_read_comes_from_aws(kind: str, layer: Layer) -> None:
    evidence, aws = copied(guarded(kind=kind), {"policyDocument": DENIES})
    assert aws.named(COPY) == [{"authorizationId": AUTHORIZATION, "policyUri": GUARD}]
    assert evidence.of(layer) == (Policy(layer, GUARD, canonical(DENIES), OU, CAPTURED),)


@needs_toolbox
def test_newer_answers_name_the_policies_by_check() -> None:
    answer = guarded()
    (evaluation,) = answer["evaluations"]
    checks = [{"checkType": "SERVICE_CONTROL_POLICY", "matchedPolicies": evaluation["matchedPolicies"]}]
    assert list(authorization._denying({"checks": checks})) == [GUARD]


@needs_toolbox
def test_few_copies_are_asked_for() -> None:
    _, aws = copied(guarded(count=9), {"policyDocument": DENIES})
    assert len(aws.named(COPY)) == authorization.MOST_COPIES


@needs_toolbox
@pytest.mark.parametrize("fault", [DENIED, THROTTLED])
def test_a_copy_that_is_refused_is_named(fault: Refusal) -> None:
    evidence, _ = copied(guarded(), fault)
    assert evidence.of(Layer.SCP) == ()
    assert [(u.layer, u.decides) for u in evidence.unread if GUARD in u.what] == [(Layer.SCP, False)]


@needs_toolbox
def test_a_copy_that_is_gone_is_no_policy() -> None:
    evidence, _ = copied(guarded(), Refusal("ResourceNotFoundException", "gone", 404))
    assert evidence.of(Layer.SCP) == ()


@needs_toolbox
def test_the_copy_has_the_shape_of_the_newer_model() -> None:
    client = Answers(models=NEWER).clients().get("iam-toolbox")
    with Stubber(client) as stub:
        asked = {"authorizationId": AUTHORIZATION, "policyUri": GUARD}
        stub.add_response("get_request_authorization_policy", {"policyDocument": DENIES}, asked)
        assert client.get_request_authorization_policy(**asked)["policyDocument"] == DENIES


@needs_toolbox
def test_the_diagnosis_quotes_the_statement_that_aws_showed() -> None:
    evidence, _ = copied(guarded(), {"policyDocument": DENIES})
    found = diagnose(with_id(), evidence)
    assert (found.rule, found.layer, found.confidence) == ("organization_policy", Layer.SCP, Confidence.VERIFIED)
    assert GUARD in found.because
    assert "NoReads" in found.because


def test_without_a_named_principal_no_answer_can_match() -> None:
    late = replace(with_id(principal=None), at=NOON + timedelta(minutes=1))
    assert authorization.differs(late, details())
