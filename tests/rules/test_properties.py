"""What holds for every denial: a Grant says what was denied and no more, whatever characters the names hold."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from iam_watchdog.model import AddRoleStatements, Answer, Confidence, Denial, Effect, Layer, Policy
from iam_watchdog.remedy import propose
from iam_watchdog.remedy.document import policy_document
from iam_watchdog.remedy.narrow import in_closed_list, resources_for, takes_resource
from iam_watchdog.rules import diagnose
from tests.rules.cases import ROLE, allow, boundary, claiming, denial, evidence, identity, resource, role

PARTITIONS = st.sampled_from(["aws", "aws-cn", "aws-us-gov", "aws-eusc"])
NAMES = st.text(st.sampled_from("abcXYZ019._-=@ +:/*?${}[]é"), min_size=1, max_size=24)
KINDS = st.sampled_from(
    [
        ("s3:GetObject", "arn:{p}:s3:::orders.example.com/{n}"),
        ("s3:PutObject", "arn:{p}:s3:::orders/{n}/{n}"),
        ("s3:ListBucket", "arn:{p}:s3:::logs.{n}"),
        ("s3:GetObject", "arn:{p}:s3:eu-west-1:111122223333:accesspoint/orders/object/{n}/{n}"),
        ("lambda:GetLayerVersion", "arn:{p}:lambda:eu-west-1:111122223333:layer:{n}:3"),
        ("sqs:SendMessage", "arn:{p}:sqs:eu-west-1:111122223333:{n}"),
        ("sns:Publish", "arn:{p}:sns:eu-west-1:111122223333:{n}"),
        ("dynamodb:GetItem", "arn:{p}:dynamodb:eu-west-1:111122223333:table/{n}"),
        ("dynamodb:Query", "arn:{p}:dynamodb:eu-west-1:111122223333:table/{n}/index/{n}"),
        ("secretsmanager:GetSecretValue", "arn:{p}:secretsmanager:eu-west-1:111122223333:secret:{n}"),
        ("ssm:GetParameter", "arn:{p}:ssm:eu-west-1:111122223333:parameter/{n}"),
        ("logs:PutLogEvents", "arn:{p}:logs:eu-west-1:111122223333:log-group:/other/{n}:log-stream:{n}"),
        ("lambda:InvokeFunction", "arn:{p}:lambda:eu-west-1:111122223333:function:{n}"),
        ("states:StartExecution", "arn:{p}:states:eu-west-1:111122223333:stateMachine:{n}"),
        ("xray:PutTraceSegments", "*"),
        ("sqs:SendMessage", "*"),
    ]
)
DENIALS = st.builds(lambda k, p, n: denial(k[0], k[1].format(p=p, n=n)), KINDS, PARTITIONS, NAMES)
CLAIMS = st.tuples(st.sampled_from([None, *Layer]), st.sampled_from([None, *Effect]))


def granted(refused: Denial) -> tuple[AddRoleStatements, ...]:
    found, _, _ = propose.plan(diagnose(refused, evidence()), refused, evidence())
    return tuple(fix for fix in (*found.fixes, *found.instead) if isinstance(fix, AddRoleStatements))


@settings(max_examples=200)
@given(DENIALS)
def test_a_grant_says_exactly_what_was_denied_within_the_closed_list(refused: Denial) -> None:
    for fix in granted(refused):
        for statement in fix.statements:
            assert statement.actions == (refused.action,)
            assert statement.resources == resources_for(refused.action, refused.resource or "")
            assert all(in_closed_list(refused.action, pattern) for pattern in statement.resources)
            if "*" in statement.resources:
                assert not takes_resource(refused.action)


@settings(max_examples=100)
@given(DENIALS)
def test_a_grant_allows_the_denied_call_when_it_is_applied_as_written(refused: Denial) -> None:
    for fix in granted(refused):
        added = Policy(Layer.IDENTITY, "inline/pasted", json.dumps(policy_document(fix.statements)), ROLE)
        found = diagnose(refused, evidence(added))
        assert found.verdict.answer is Answer.ALLOWED


@settings(max_examples=100)
@given(DENIALS, CLAIMS)
def test_no_message_makes_a_grant_wider_than_the_evaluation_does(
    refused: Denial, claim: tuple[Layer | None, Effect | None]
) -> None:
    layer, effect = claim
    told = claiming(refused, layer, effect, policy_arn="arn:aws:iam::aws:policy/AdministratorAccess")
    assert set(granted(told)) <= set(granted(refused))


@given(CLAIMS)
def test_a_certain_layer_is_reported_whatever_the_message_names(claim: tuple[Layer | None, Effect | None]) -> None:
    layer, effect = claim
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    cases = [
        (Layer.BOUNDARY, evidence(identity(allow("s3:*")), boundary(allow("sqs:*")), role=role())),
        (Layer.IDENTITY, evidence(identity(allow("s3:*"), deny))),
        (
            Layer.RESOURCE,
            evidence(identity(allow("s3:*")), resource("arn:aws:s3:::orders-in", {**deny, "Principal": "*"})),
        ),
    ]
    for certain, seen in cases:
        found = diagnose(claiming(denial(), layer, effect), seen)
        beyond = layer in (Layer.SCP, Layer.RCP, Layer.SESSION) and effect is Effect.EXPLICIT
        assert found.layer is (layer if beyond and certain is Layer.BOUNDARY else certain)
        assert found.confidence in (Confidence.VERIFIED, Confidence.REPORTED)
