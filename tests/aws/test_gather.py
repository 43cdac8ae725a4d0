"""One denial's evidence: complete where AWS answers, and every gap named where it does not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.model import Denial, Evidence, Layer, Target
from iam_watchdog.records import canonical
from tests.aws import shop
from tests.aws.answers import BROKEN, DENIED, THROTTLED, Answer, Answers, Refusal, Reply
from tests.aws.shop import BASIC, BOUNDARY, BUCKET, FUNCTION, KEY, ROLE, SETTINGS, denial

DECIDES = {
    # Operation → the layers that are in doubt when it fails; () for a detail, which is named all the same.
    "lambda:GetFunctionConfiguration": {Layer.IDENTITY, Layer.BOUNDARY, Layer.TRUST},
    "iam:GetRole": {Layer.BOUNDARY, Layer.TRUST},
    "iam:ListRolePolicies": {Layer.IDENTITY},
    "iam:GetRolePolicy": {Layer.IDENTITY},
    "iam:ListAttachedRolePolicies": {Layer.IDENTITY},
    "iam:GetPolicy": {Layer.IDENTITY, Layer.BOUNDARY},
    "iam:GetPolicyVersion": {Layer.IDENTITY, Layer.BOUNDARY},
    "s3:GetBucketPolicy": {Layer.RESOURCE},
    "kms:GetKeyPolicy": {Layer.RESOURCE},
    "organizations:DescribeOrganization": {Layer.SCP, Layer.RCP},
}
FAULTS = {
    "throttled": THROTTLED,
    "broken": BROKEN,
    "denied": DENIED,
    "timed out": ReadTimeoutError(endpoint_url="https://aws"),
}


def gathered(table: dict[str, Reply], what: Denial | None = None) -> tuple[Evidence, Answers]:
    aws = Answers(table)
    reader = AccountReader(aws.clients(), SETTINGS, lambda: shop.NOON)
    return reader.gather(what or denial()), aws


def test_nothing_is_unread_when_everything_answers() -> None:
    evidence, _ = gathered(shop.shop())
    assert evidence.unread == ()


def test_a_denial_without_function_and_resource_asks_nothing_and_says_so() -> None:
    evidence, aws = gathered({}, denial(function="", principal=None, resource=None))
    assert aws.asked == []
    assert {u.layer for u in evidence.unread} == {Layer.IDENTITY, Layer.BOUNDARY, Layer.TRUST}
    assert {u.why for u in evidence.unread} == {"the denial names no function"}


def test_function_role_and_target_are_put_together_from_their_parts() -> None:
    evidence, _ = gathered(shop.shop())
    function, role = evidence.function, evidence.role
    assert function is not None
    assert role is not None
    assert (function.arn, function.role, function.timeout, function.tags) == (FUNCTION, ROLE, 30, {"team": "shop"})
    assert (role.arn, role.boundary, role.tags) == (ROLE, BOUNDARY, {"iam-watchdog": "approve"})
    assert (role.stack, role.logical_id, role.shared_with) == ("shop", "OrdersRole", ("refunds",))
    assert (role.inline, role.attached) == (("reads",), (BASIC,))


def test_every_policy_is_there_as_aws_returned_it() -> None:
    evidence, _ = gathered(shop.shop())
    assert {(p.layer, p.name, p.on): p.text for p in evidence.policies} == {
        (Layer.TRUST, "trust policy", ROLE): canonical(shop.TRUST),
        (Layer.IDENTITY, "inline/reads", ROLE): canonical(shop.INLINE),
        (Layer.IDENTITY, BASIC, ROLE): canonical(shop.MANAGED[BASIC]),
        (Layer.BOUNDARY, BOUNDARY, ROLE): canonical(shop.MANAGED[BOUNDARY]),
        (Layer.RESOURCE, "bucket policy", BUCKET): shop.BUCKET_POLICY,
        (Layer.RESOURCE, "key policy", KEY): shop.KEY_POLICY,
    }


def test_what_was_called_comes_first_then_the_key_that_it_needs() -> None:
    evidence, _ = gathered(shop.shop())
    bucket, key = evidence.targets
    assert (bucket.arn, bucket.account, bucket.key) == (BUCKET, SETTINGS.account, KEY)
    assert bucket.traits == {
        "owner": "own",
        "encryption": "aws:kms",
        "ownership": "BucketOwnerEnforced",
        "public_access_block": "BlockPublicPolicy",
    }
    assert (key.arn, key.traits["state"], key.traits["manager"]) == (KEY, "Enabled", "CUSTOMER")
    assert json.loads(key.traits["grants"]) == [
        {"grantee": ROLE, "operations": ["Decrypt"], "constraints": {}, "name": "orders"}
    ]


def test_environment_values_never_leave_the_reader() -> None:
    evidence, _ = gathered(shop.shop())
    assert "hunter2" not in repr(evidence)


def test_three_rounds_are_enough() -> None:
    aws = Answers(shop.shop())
    reader = AccountReader(aws.clients(), SETTINGS)
    reader.gather(denial())
    assert reader.rounds == 3


def _boundaries(*policies: Mapping[str, str]) -> list[str]:
    """The versions of the boundary that are read when one diagnosis after the other finds these defaults."""
    aws = Answers(shop.shop())
    reader = AccountReader(aws.clients(), SETTINGS)
    for policy in policies:
        aws.table["iam:GetPolicy"] = lambda params, now=policy: {"Policy": shop.default(params, **now)}  # type: ignore[misc]
        reader.gather(denial())
    return [p["VersionId"] for p in aws.named("iam:GetPolicyVersion") if p["PolicyArn"] == BOUNDARY]


def test_a_customers_policy_is_asked_for_its_default_each_time_and_a_new_version_is_read() -> None:
    assert _boundaries({"version": "v7"}, {"version": "v8"}) == ["v7", "v8"]


def test_a_version_never_changes_and_is_read_once() -> None:
    assert _boundaries({"version": "v7"}, {"version": "v8"}, {"version": "v7"}) == ["v7", "v8"]


def test_a_policy_that_was_deleted_and_made_anew_begins_with_v1_again_and_is_read() -> None:
    assert _boundaries({"version": "v1"}, {"version": "v1", "id_": "ANPB"}) == ["v1", "v1"]


def test_documents_of_aws_itself_are_asked_for_once() -> None:
    aws = Answers(shop.shop())
    reader = AccountReader(aws.clients(), SETTINGS)
    reader.gather(denial())
    reader.gather(denial())
    assert [params["PolicyArn"] for params in aws.named("iam:GetPolicy")].count(BASIC) == 1


def test_all_functions_are_listed_once_a_minute() -> None:
    aws = Answers(shop.shop())
    reader = AccountReader(aws.clients(), SETTINGS)
    first, second = (reader.gather(denial()).role for _ in range(2))
    assert len(aws.named("lambda:ListFunctions")) == 1
    assert first
    assert second
    assert first.shared_with == second.shared_with == ("refunds",)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("operation", sorted(shop.shop()))
def test_any_one_call_that_fails_is_named_with_its_reason_and_the_rest_is_there(
    operation: str, fault: Refusal | Exception
) -> None:
    aws = shop.shop() | {operation: fault, "s3:GetBucketLocation": {}}
    evidence, _ = gathered(aws)
    assert evidence.unread
    assert {u.layer for u in evidence.unread if u.decides} == DECIDES.get(operation, set())
    said = fault.code if isinstance(fault, Refusal) else type(fault).__name__
    assert all(said in u.why for u in evidence.unread)
    assert evidence.target is not None
    assert evidence.target.arn == BUCKET


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_when_nothing_answers_there_is_still_evidence_with_reasons(fault: Refusal | Exception) -> None:
    aws = Answers({}, otherwise=fault)
    evidence = AccountReader(aws.clients(), SETTINGS).gather(denial())
    assert {u.layer for u in evidence.unread} >= {Layer.IDENTITY, Layer.BOUNDARY, Layer.TRUST, Layer.RESOURCE}


def test_an_answer_in_an_unknown_form_is_a_gap() -> None:
    evidence, _ = gathered(shop.shop() | {"iam:GetPolicy": {}})
    assert [u.why for u in evidence.unread if u.layer is Layer.BOUNDARY] == [
        "AWS answered in an unknown form: KeyError 'Policy'"
    ]


def test_who_else_uses_a_role_is_in_doubt_when_it_cannot_be_listed() -> None:
    evidence, _ = gathered(shop.shop() | {"lambda:ListFunctions": DENIED})
    assert evidence.role is not None
    assert evidence.role.shared_with == ("(could not be read)",)


def test_the_owning_stack_is_in_doubt_when_cloudformation_does_not_answer() -> None:
    evidence, _ = gathered(shop.shop() | {"cloudformation:DescribeStackResources": DENIED})
    assert evidence.role is not None
    assert evidence.role.stack == "(could not be read)"


def test_a_role_in_no_stack_has_none() -> None:
    none = Refusal("ValidationError", "Stack for orders-role does not exist", 400)
    evidence, _ = gathered(shop.shop() | {"cloudformation:DescribeStackResources": none})
    assert evidence.role is not None
    assert evidence.role.stack is None
    assert evidence.unread == ()


def test_a_deleted_role_is_a_fact_and_no_gap() -> None:
    gone = shop.NO_SUCH["NoSuchEntity"]
    absent = dict.fromkeys(("iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"), gone)
    evidence, _ = gathered(shop.shop() | absent)
    assert evidence.role is None
    assert evidence.facts["role_exists"] == "false"
    assert evidence.unread == ()


def test_an_unknown_function_leaves_its_layers_in_doubt() -> None:
    evidence, _ = gathered(shop.shop() | {"lambda:GetFunctionConfiguration": Refusal("ResourceNotFoundException")})
    assert evidence.function is None
    assert evidence.facts["function_exists"] == "false"
    assert {u.layer for u in evidence.unread} == {Layer.IDENTITY, Layer.BOUNDARY, Layer.TRUST}


def test_the_failing_version_is_the_one_that_is_read() -> None:
    _, aws = gathered(shop.shop(), denial(qualifier="PROD"))
    assert aws.named("lambda:GetFunctionConfiguration") == [{"FunctionName": "orders", "Qualifier": "PROD"}]


def test_a_function_of_another_account_is_not_asked_for() -> None:
    evidence, aws = gathered(shop.shop(), denial(account="999999999999"))
    assert aws.named("lambda:GetFunctionConfiguration") == []
    assert any("999999999999" in u.why for u in evidence.unread)


def test_without_a_function_the_role_that_the_denial_names_is_read() -> None:
    evidence, _ = gathered(shop.shop(), denial(function=""))
    assert evidence.function is None
    assert evidence.role is not None
    assert evidence.role.arn == ROLE
    assert evidence.of(Layer.IDENTITY, ROLE)


@pytest.mark.parametrize(("group", "matches"), [("/aws/lambda/orders", "true"), ("/aws/lambda/somebody", "false")])
def test_the_group_that_the_line_came_through_is_compared_with_the_configured_one(group: str, matches: str) -> None:
    evidence, _ = gathered(shop.shop(), denial(origin=f"{group} 2026/11/23/[$LATEST]0123"))
    assert evidence.facts["log_group_matches"] == matches


def test_another_role_in_the_denial_is_looked_up() -> None:
    def by_name(params: Mapping[str, Any]) -> Answer:
        known = {"orders-role": shop.shop()["iam:GetRole"]}
        return known.get(params["RoleName"], shop.NO_SUCH["NoSuchEntity"])  # type: ignore[return-value]

    former = SETTINGS.account
    named = f"arn:aws:sts::{former}:assumed-role/former-role/orders"
    evidence, _ = gathered(shop.shop() | {"iam:GetRole": by_name}, denial(principal=named))
    assert evidence.facts["other_role"] == f"arn:aws:iam::{former}:role/former-role"
    assert evidence.facts["principal_exists"] == "false"


def test_a_session_of_the_functions_own_role_is_no_other_role() -> None:
    evidence, _ = gathered(shop.shop())
    assert "other_role" not in evidence.facts


def test_a_revoking_policy_is_a_quarantine() -> None:
    evidence, _ = gathered(shop.shop() | {"iam:ListRolePolicies": {"PolicyNames": ["AWSRevokeOlderSessions"]}})
    assert evidence.facts["quarantine"] == "AWSRevokeOlderSessions"


def test_a_service_without_a_reader_is_still_a_target() -> None:
    arn = "arn:aws:braket:eu-west-1:123456789012:device/x"
    evidence, _ = gathered(shop.shop(), denial(action="braket:GetDevice", resource=arn))
    assert evidence.targets == (Target(arn, "123456789012"),)


@pytest.mark.parametrize(
    ("answer", "enabled"),
    [
        ({"Parameter": {"Value": "true"}}, True),
        ({"Parameter": {"Value": "false"}}, False),
        ({"Parameter": {"Value": ""}}, False),
        (Refusal("ParameterNotFound"), False),
        (DENIED, False),
        (THROTTLED, False),
    ],
)
def test_the_kill_switch_is_on_only_if_it_says_so(answer: Reply, enabled: bool) -> None:
    clients = Answers({"ssm:GetParameter": answer}).clients()
    assert AccountReader(clients, SETTINGS).enabled() is enabled


def test_without_a_kill_switch_nothing_is_enabled() -> None:
    assert AccountReader(Answers().clients(), replace(SETTINGS, kill_switch="")).enabled() is False
