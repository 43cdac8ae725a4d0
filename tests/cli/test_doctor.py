"""The doctor: each check is silent where all is well, and names the remedy where it is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iam_watchdog.policy import prepare
from iam_watchdog.remedy.managed import DOCUMENTS
from iam_watchdog_cli import checks, doctor
from iam_watchdog_cli.checks import (
    FAIL,
    OK,
    WARN,
    Check,
    Desk,
    authority,
    blind,
    letters,
    limits,
    people,
    roles,
    subscription,
    trail,
)
from iam_watchdog_cli.watch import PATTERN

ACCOUNT, REGION, STACK = "111122223333", "us-east-1", "iam-watchdog"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
OUTPUTS = {
    "DetectFunction": "iam-watchdog-detect",
    "RemediateFunction": "iam-watchdog-remediate",
    "AlertsTopic": "arn:topic",
    "KillSwitch": "/iam-watchdog/iam-watchdog/enabled",
    "Bucket": "reports",
}


class Missing(Exception):
    """Any NoSuchThing of the fakes."""


class Client:
    """A client that answers each operation with what the test gave, or raises it."""

    class exceptions:  # noqa: N801, D106 - as botocore names it
        NoSuchEntityException = Missing
        ResourceNotFoundException = Missing
        ParameterNotFound = Missing

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        if operation not in self.answers:
            raise AssertionError(f"unexpected call {operation}")

        def call(**arguments: Any) -> Any:
            answer = self.answers[operation]
            answer = answer(**arguments) if callable(answer) else answer
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def get_paginator(self, operation: str) -> Any:
        """One page."""
        return Client({"paginate": [self.answers[operation]]})


def desk(parameters: Mapping[str, str] | None = None, /, **services: Mapping[str, Any]) -> Desk:
    """A deployed stack whose services answer as told."""
    clients = {name: Client(answers) for name, answers in services.items()}
    return Desk(clients.__getitem__, ACCOUNT, REGION, STACK, {"WatchScope": "account", **(parameters or {})}, OUTPUTS)


def before(whole: Desk) -> Desk:
    """The same account without our stack."""
    return replace(whole, parameters={}, outputs={})


def one(found: Any) -> Check:
    """The single finding of a check."""
    (check,) = tuple(found)
    return check  # type: ignore[no-any-return]


def refused(operation: str) -> ClientError:
    return ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)


# ------------------------------------------------------------------ how lines reach Detect


def _matches(numbers: Any) -> dict[str, Any]:
    return {"matches": [{"eventNumber": n} for n in numbers]}


def test_a_pattern_that_hears_every_sample_and_nothing_else_is_good() -> None:
    heard = range(1, len(subscription.HEARD) + 1)
    check = one(subscription.pattern(desk(logs={"test_metric_filter": _matches(heard)})))
    assert check.status == OK


def test_a_pattern_is_shown_with_the_line_that_it_misses_and_the_one_that_it_should_leave_alone() -> None:
    numbers = [*range(2, len(subscription.HEARD) + 1), len(subscription.HEARD) + 1]
    found = tuple(subscription.pattern(desk(logs={"test_metric_filter": _matches(numbers)})))
    assert [c.status for c in found] == [FAIL, FAIL]
    assert subscription.HEARD[0] in found[0].says
    assert subscription.SILENT[0] in found[1].says


def _policy(name: str, **document: str) -> dict[str, Any]:
    whole = {"DestinationArn": "arn:aws:lambda:us-east-1:1:function:iam-watchdog-detect", "FilterPattern": PATTERN}
    return {"accountPolicies": [{"policyName": name, "policyDocument": json.dumps(whole | document)}]}


@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [
        (_policy(STACK), OK, "ours carries"),
        (_policy(STACK, FilterPattern="?Error"), FAIL, "another pattern"),
        (_policy(STACK, DestinationArn="arn:aws:lambda:us-east-1:1:function:other"), FAIL, "ours sends to"),
        (_policy("datadog"), FAIL, "'datadog' is the account's one"),
        ({"accountPolicies": []}, FAIL, "ours is gone"),
    ],
)
def test_the_account_policy_and_its_owner(answer: dict[str, Any], status: str, says: str) -> None:
    check = one(subscription.owner(desk(logs={"describe_account_policies": answer})))
    assert (check.status, says in check.says) == (status, True)
    assert bool(check.remedy) is (status == FAIL)


def test_before_deploying_another_owner_fails_and_none_is_fine() -> None:
    taken = before(desk(logs={"describe_account_policies": _policy("datadog")}))
    free = before(desk(logs={"describe_account_policies": {"accountPolicies": []}}))
    assert one(subscription.owner(taken)).status == FAIL
    assert "WatchScope=listed" in one(subscription.owner(taken)).remedy
    assert one(subscription.owner(free)).status == OK


def test_where_groups_are_listed_one_by_one_another_owner_does_not_matter() -> None:
    whole = desk({"WatchScope": "listed"}, logs={"describe_account_policies": _policy("datadog")})
    assert one(subscription.owner(whole)).status == OK


@pytest.mark.parametrize(
    ("principal", "status"),
    [({"Service": "logs.amazonaws.com"}, OK), ({"Service": "events.amazonaws.com"}, FAIL), ("*", FAIL)],
)
def test_logs_has_to_be_allowed_to_call_detect(principal: object, status: str) -> None:
    text = json.dumps({"Statement": [{"Effect": "Allow", "Principal": principal}]})
    check = one(subscription.may_call(desk(**{"lambda": {"get_policy": {"Policy": text}}})))
    assert check.status == status
    gone = one(subscription.may_call(desk(**{"lambda": {"get_policy": Missing()}})))
    assert gone.status == FAIL


# ------------------------------------------------------------------ the trail


def _trail(*, logging: bool = True, selectors: dict[str, Any] | None = None, **trail_: Any) -> Desk:
    known = {"Name": "main", "TrailARN": "arn:trail", "HomeRegion": REGION, "IsMultiRegionTrail": False, **trail_}
    answers = {
        "describe_trails": {"trailList": [known]},
        "get_trail_status": {"IsLogging": logging},
        "get_event_selectors": selectors or {"EventSelectors": [{"IncludeManagementEvents": True}]},
    }
    return desk(cloudtrail=answers)


def test_a_trail_that_logs_management_events_here_is_good() -> None:
    assert one(trail.trail(_trail())).status == OK
    assert one(trail.trail(_trail(HomeRegion="eu-west-1", IsMultiRegionTrail=True))).status == OK
    fields = [{"Field": "eventCategory", "Equals": ["Management"]}]
    assert one(trail.trail(_trail(selectors={"AdvancedEventSelectors": [{"FieldSelectors": fields}]}))).status == OK


def test_a_trail_that_is_stopped_elsewhere_or_for_data_only_is_none() -> None:
    assert one(trail.trail(_trail(logging=False))).status == WARN
    assert one(trail.trail(_trail(HomeRegion="eu-west-1"))).status == WARN
    fields = [{"Field": "eventCategory", "Equals": ["Data"]}]
    check = one(trail.trail(_trail(selectors={"AdvancedEventSelectors": [{"FieldSelectors": fields}]})))
    assert "no management events" in check.says


def test_without_trail_the_account_is_not_even_asked() -> None:
    assert one(trail.trail(desk({"TrailEnabled": "false"}))).status == OK


# ------------------------------------------------------------------ people


@pytest.mark.parametrize(
    ("confirmed", "pending", "slack", "status"),
    [(1, 0, "", OK), (1, 2, "", OK), (0, 1, "", FAIL), (0, 0, "", FAIL), (0, 0, "arn:secret", WARN)],
)
def test_somebody_has_to_have_confirmed(confirmed: int, pending: int, slack: str, status: str) -> None:
    attributes = {"SubscriptionsConfirmed": str(confirmed), "SubscriptionsPending": str(pending)}
    services = {"sns": {"get_topic_attributes": {"Attributes": attributes}}}
    check = one(people.subscriber(desk({"SlackSecretArn": slack}, **services)))
    assert check.status == status
    assert bool(check.remedy) is (status != OK)


@pytest.mark.parametrize(
    ("secret", "approvers", "statuses"),
    [
        ('{"webhook_url": "https://hooks.example/x"}', "", [WARN]),
        ('{"webhook_url": "https://hooks.example/x"}', "U01", [FAIL, WARN]),
        ("not JSON", "", [FAIL]),
        ("[]", "U01", [FAIL, FAIL]),
    ],
)
def test_the_slack_secret_has_to_have_its_form(secret: str, approvers: str, statuses: list[str]) -> None:
    services = {"secretsmanager": {"get_secret_value": {"SecretString": secret}}}
    found = tuple(people.slack(desk({"SlackSecretArn": "arn:secret", "Approvers": approvers}, **services)))
    assert [c.status for c in found] == statuses
    assert all("hooks.example" not in c.says for c in found), "a secret is never shown"


def test_no_slack_is_no_fault() -> None:
    assert one(people.slack(desk())).status == OK


# ------------------------------------------------------------------ our own roles


def _iam(inline: list[str], attached: list[str]) -> dict[str, Any]:
    return {
        "list_role_policies": {"PolicyNames": inline},
        "list_attached_role_policies": {"AttachedPolicies": [{"PolicyName": n, "PolicyArn": n} for n in attached]},
    }


def test_roles_as_the_template_made_them_are_good() -> None:
    assert one(roles.own(desk(iam=_iam(["work", "hands"], ["iam-watchdog-ReadLayers-1ABC"])))).status == OK


@pytest.mark.parametrize(
    ("inline", "attached", "says"),
    [
        (["work", "extra"], [], "put the inline policy extra"),
        (["work"], ["AdministratorAccess"], "attached AdministratorAccess"),
        ([], [], "has lost its policy"),
    ],
)
def test_whatever_somebody_added_to_a_role_of_ours_is_named(inline: list[str], attached: list[str], says: str) -> None:
    found = tuple(roles.own(desk(iam=_iam(inline, attached))))
    assert {c.status for c in found} == {FAIL}
    assert all(says in c.says and c.remedy for c in found)


def _hands(trusted: str, boundary: str | None, attached: tuple[str, ...] = ("fence",)) -> dict[str, Any]:
    role: dict[str, Any] = {"AssumeRolePolicyDocument": {"Statement": [{"Principal": {"AWS": trusted}}]}}
    role |= {"PermissionsBoundary": {"PermissionsBoundaryArn": boundary}} if boundary else {}
    return {**_iam([], list(attached)), "get_role": {"Role": role}}


REMEDIATE = f"arn:aws:iam::{ACCOUNT}:role/iam-watchdog-remediate-{REGION}"


def test_hands_that_trust_remediate_alone_under_their_own_fence_are_good() -> None:
    assert one(roles.hands(desk({"Mode": "auto"}, iam=_hands(REMEDIATE, "fence")))).status == OK
    assert one(roles.hands(desk())).status == OK, "a guard has none"


@pytest.mark.parametrize(
    "iam",
    [
        _hands("AROAEXAMPLE", "fence"),
        _hands(REMEDIATE, None),
        _hands(REMEDIATE, "fence", ("fence", "AdministratorAccess")),
        {"get_role": Missing()},
    ],
)
def test_other_hands_are_not(iam: dict[str, Any]) -> None:
    check = one(roles.hands(desk({"Mode": "auto"}, iam=iam)))
    assert (check.status, check.remedy) == (FAIL, "deploy again")


# ------------------------------------------------------------------ what may be written


@pytest.mark.parametrize(
    ("answer", "status"),
    [({"Parameter": {"Value": "true"}}, OK), ({"Parameter": {"Value": "false"}}, WARN), (Missing(), WARN)],
)
def test_the_kill_switch(answer: Any, status: str) -> None:
    assert one(authority.switch(desk(ssm={"get_parameter": answer}))).status == status


def _managed(text: str) -> dict[str, Any]:
    return {
        "get_policy": {"Policy": {"DefaultVersionId": "v1"}},
        "get_policy_version": {"PolicyVersion": {"Document": json.loads(text)}},
    }


def test_an_allow_listed_policy_that_aws_has_changed_is_named_with_its_new_hash() -> None:
    given = {"AllowListedPolicies": BASIC}
    assert one(authority.pins(desk(given, iam=_managed(DOCUMENTS[BASIC])))).status == OK
    changed = one(authority.pins(desk(given, iam=_managed('{"Statement": []}'))))
    assert changed.status == WARN
    assert f"AllowListedPins={BASIC}=" in changed.remedy


def test_a_boundary_has_to_keep_out_what_must_never_be_granted() -> None:
    given = {"InlineBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/dev"}
    narrow = '{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::app/*"}]}'
    wide = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    assert not prepare(narrow).problems
    assert one(authority.boundary(desk(given, iam=_managed(narrow)))).status == OK
    assert one(authority.boundary(desk(given, iam=_managed(wide)))).status == WARN
    assert one(authority.boundary(desk(given, iam={"get_policy": Missing()}))).status == FAIL
    assert one(authority.boundary(desk())).status == OK


# ------------------------------------------------------------------ limits, blind spots, letters


def _limits(whole: int, free: int) -> dict[str, Any]:
    answer = {"AccountLimit": {"ConcurrentExecutions": whole, "UnreservedConcurrentExecutions": free}}
    return {"get_account_settings": answer}


def test_a_new_account_has_ten_executions_and_is_told_so() -> None:
    assert one(limits.quotas(desk(**{"lambda": _limits(1000, 900)}))).status == OK
    assert one(limits.quotas(desk(**{"lambda": _limits(10, 10)}))).status == WARN


def test_before_deploying_there_has_to_be_room_for_roles_and_the_canary() -> None:
    full = {
        "get_account_summary": {"SummaryMap": {"Roles": 995, "RolesQuota": 1000, "Policies": 1, "PoliciesQuota": 9}}
    }
    policies: dict[str, Any] = {"describe_resource_policies": {"resourcePolicies": [{}] * 10}}
    whole = before(desk(iam=full, logs=policies, **{"lambda": _limits(1000, 900)}))
    assert [c.status for c in limits.quotas(whole)] == [OK, FAIL, FAIL]


def _functions(*groups: tuple[str, str]) -> dict[str, Any]:
    functions = [{"FunctionName": name, "LoggingConfig": {"LogGroup": f"/aws/lambda/{name}"}} for name, _ in groups]
    listed = [{"logGroupName": f"/aws/lambda/{name}", "logGroupClass": class_} for name, class_ in groups]
    return {
        "lambda": {"list_functions": {"Functions": functions}},
        "logs": {
            "describe_log_groups": {"logGroups": listed},
            "describe_subscription_filters": lambda logGroupName: {  # noqa: N803 - as boto3 names it
                "subscriptionFilters": [{"filterName": STACK}] if logGroupName.endswith("watched") else []
            },
        },
    }


def test_no_blind_spot_is_said_as_well() -> None:
    assert one(blind.spots(desk(**_functions(("orders", "STANDARD"))))).status == OK


def test_functions_that_nobody_can_hear_are_named() -> None:
    check = one(blind.spots(desk(**_functions(("orders", "STANDARD"), ("cheap", "INFREQUENT_ACCESS")))))
    assert (check.status, "cheap" in check.says, "orders" in check.says) == (WARN, True, False)
    left_out = desk({"ExcludeLogGroups": "/aws/lambda/orders"}, **_functions(("orders", "STANDARD")))
    assert "ExcludeLogGroups: orders" in one(blind.spots(left_out)).says
    listed = desk({"WatchScope": "listed"}, **_functions(("watched", "STANDARD"), ("orders", "STANDARD")))
    assert one(blind.spots(listed)).says.endswith("not watched: orders")


def test_outside_us_east_1_trust_policy_changes_are_a_blind_spot() -> None:
    elsewhere = replace(desk(**_functions(("orders", "STANDARD"))), region="eu-west-1")
    assert "us-east-1 only" in one(blind.spots(elsewhere)).says


def _letters(count: int, failed: int) -> Desk:
    resources = [{"LogicalResourceId": "StepsDead", "PhysicalResourceId": "url"}]
    return desk(
        cloudformation={"describe_stack_resources": {"StackResources": resources}},
        sqs={"get_queue_attributes": {"Attributes": {"ApproximateNumberOfMessages": str(count)}}},
        s3={"list_objects_v2": {"KeyCount": failed}},
    )


def test_dead_letters_are_counted_queue_by_queue() -> None:
    assert one(letters.dead(_letters(0, 0))).status == OK
    assert [c.says for c in letters.dead(_letters(2, 3))] == [
        "2 messages wait in StepsDead",
        "3 or more events failed for good",
    ]


# ------------------------------------------------------------------ the whole


def test_a_check_that_aws_refuses_is_a_warning_never_silence() -> None:
    whole = desk(logs={"describe_account_policies": refused("DescribeAccountPolicies")})
    (check,) = checks.desk.look("account policy", subscription.owner, whole)
    assert check.status == WARN
    assert "DescribeAccountPolicies: AccessDenied" in check.says


def test_a_finding_cannot_move_the_cursor_and_names_its_remedy() -> None:
    check = Check("own roles", FAIL, "somebody attached \033[2J to x", "detach it")
    shown = "\n".join(doctor.lines(check, colour=False))
    assert "\033" not in shown
    assert "→ detach it" in shown
    assert "\033[31mfail" in "\n".join(doctor.lines(check, colour=True))
