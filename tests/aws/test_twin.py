"""Silent on a healthy Region of 200 varied functions; its broken twin is found whole, and nothing else with it."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import EndpointConnectionError

from iam_watchdog.aws.survey import Account, account
from iam_watchdog.aws.survey import found as found_by
from iam_watchdog.expect import Audit, audit
from tests.aws import twin
from tests.aws.answers import DENIED, Refusal, Reply
from tests.aws.region import ACCOUNT, NAME, NOW, TRUST, Region, allow, arn, calls

FUNCTIONS = 200
NO_JSON: Reply = {
    **dict.fromkeys(("name", "stateMachineArn", "roleArn", "definition"), "m"),
    "type": "STANDARD",
    "creationDate": NOW,
}


def audited(region: Region) -> list[Audit]:
    account = Account(region.answers().clients(NAME), ACCOUNT)
    return [audit(view, NOW) for page in account.pages() for view in page.views]


def found(audits: list[Audit]) -> list[tuple[str, str]]:
    return sorted((one.function, denial.action) for one in audits for denial in one.denials)


def test_a_healthy_region_is_silent() -> None:
    region, _ = twin.region(FUNCTIONS, broken=False)
    audits = audited(region)
    assert len(audits) == FUNCTIONS
    assert found(audits) == []
    assert [(one.function, one.undecided) for one in audits if one.undecided] == []


def test_of_its_broken_twin_all_is_found_and_nothing_else() -> None:
    region, wanted = twin.region(FUNCTIONS, broken=True)
    assert found(audited(region)) == sorted(wanted)


def test_broken_functions_among_healthy_ones_of_their_kind_are_the_only_ones_found() -> None:
    region, wanted = Region(), []
    for name, made in twin.TRAITS.items():
        made(region, f"well-{name}".replace("_", "-"), False)
        wanted.append((f"broken-{name}".replace("_", "-"), made(region, f"broken-{name}".replace("_", "-"), True)))
    assert found(audited(region)) == sorted(wanted)


def test_a_sweep_asks_for_each_thing_once() -> None:
    region, _ = twin.region(FUNCTIONS, broken=False)
    answers = region.answers()
    list(Account(answers.clients(NAME), ACCOUNT).pages())
    asked = calls(answers)
    once = ("iam:GetAccountAuthorizationDetails", "lambda:ListEventSourceMappings", "s3:ListBuckets")
    assert {name: asked[name] for name in once} == dict.fromkeys(once, 1)
    assert sum(asked.values()) < 6 * FUNCTIONS
    assert "iam:GetRole" not in asked


@pytest.mark.parametrize(("admitted", "refused"), [("shop", 0), ("other", 1)])
def test_a_call_center_is_asked_about_where_there_are_any(admitted: str, refused: int) -> None:
    region = Region()
    region.function("f")
    region.instances["shop"] = [region.of("f"), region.of("somebody-elses")]
    source = ("AWS:SourceArn", arn("connect", f"instance/{admitted}"))
    region.admit("f", "connect", ArnLike=source, StringEquals=("AWS:SourceAccount", ACCOUNT))
    for name, found_there in ((NAME, 0), ("eu-central-1", refused)):
        answers = region.answers()
        (page,) = Account(answers.clients(name), ACCOUNT).pages()
        assert page.unread == ()
        assert len(audit(page.views[0], NOW).denials) == found_there
        assert calls(answers)["connect:ListInstances"] == (name != NAME)


def test_a_target_that_may_not_be_asked_leaves_its_needs_undecided_and_named() -> None:
    region = Region()
    region.function("f").may.append(allow("sqs:*"))
    theirs = "arn:aws:sqs:eu-west-1:999999999999:theirs"
    region.mappings.append({"FunctionArn": region.of("f"), "State": "Enabled", "EventSourceArn": theirs})
    (one,) = audited(region)
    assert one.denials == ()
    assert any("999999999999" in why for why in one.undecided)


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("stepfunctions:DescribeStateMachine", NO_JSON),
        ("iot:GetTopicRule", {}),
        ("firehose:DescribeDeliveryStream", Refusal("InternalFailure", "not implemented", 501)),
        ("bedrock-agent:ListAgents", EndpointConnectionError(endpoint_url="https://bedrock-agent.example")),
    ],
)
def test_a_service_that_answers_strangely_or_not_at_all_is_a_gap_and_the_rest_is_read(
    operation: str, answer: Reply
) -> None:
    region = Region()
    for made in (twin.state_machine, twin.topic_rule, twin.firehose, twin.agent, twin.queue):
        made(region, made.__name__.replace("_", "-"), True)
    answers = region.answers()
    answers.table[operation] = answer
    (page,) = Account(answers.clients(NAME), ACCOUNT).pages()
    assert len(page.unread) == 1
    assert sum(len(audit(view, NOW).denials) for view in page.views) == 4


def test_a_condition_on_a_source_that_is_perhaps_not_sent_is_left_undecided() -> None:
    region = Region()
    twin.rotation_switched_off(region, "f", True)
    (secret,) = region.rotations
    region.admit("f", "secretsmanager", ArnLike=("AWS:SourceArn", secret))
    (one,) = audited(region)
    assert one.denials == ()
    assert any(secret in why for why in one.undecided)


def test_of_very_many_sources_the_first_are_asked_and_the_rest_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_by, "MOST", 2)
    region = Region()
    for name in ("a", "b", "c"):
        twin.topic_rule(region, name, True)
    answers = region.answers()
    (page,) = Account(answers.clients(NAME), ACCOUNT).pages()
    assert calls(answers)["iot:GetTopicRule"] == 2
    assert [len(audit(view, NOW).denials) for view in page.views] == [1, 1, 0]
    assert page.unread == ("IoT topic rules: only the first 2 were asked",)


def test_what_a_region_does_not_sell_is_not_asked_for() -> None:
    region = Region()
    twin.bot(region, "f", True)
    answers = region.answers()
    (page,) = Account(answers.clients("eu-west-3"), ACCOUNT).pages()
    assert "lexv2-models:ListBots" not in calls(answers)
    assert page.unread == ()


def test_what_is_refused_to_us_is_a_gap_and_never_a_finding() -> None:
    region, _ = twin.region(len(twin.TRAITS), broken=True)
    answers = region.answers(page=len(twin.TRAITS))
    kept = ("lambda:ListFunctions", "lambda:GetFunctionConfiguration", "logs:DescribeLogGroups")
    for name in answers.table:
        answers.table[name] = answers.table[name] if name in kept else DENIED
    account = Account(answers.clients(NAME), ACCOUNT)
    (page,) = account.pages()
    audits = [audit(view, NOW) for view in page.views]
    reported = {"ec2:CreateNetworkInterface", "kms:Decrypt", "ecr:BatchGetImage"}
    assert {action for _, action in found(audits)} == reported, "AWS's own state codes were read"
    assert all(one.undecided for one in audits)
    assert len(page.unread) >= 15


def test_a_key_that_may_not_be_asked_leaves_its_queue_undecided_and_named() -> None:
    region = Region()
    twin.encrypted_queue(region, "f", True)
    region.encrypted["f"] = "arn:aws:kms:eu-west-1:999999999999:key/theirs"
    (one,) = audited(region)
    assert one.denials == ()
    assert any("999999999999:key/theirs" in why for why in one.undecided)


def test_a_cluster_that_may_not_be_asked_leaves_the_sign_in_undecided_and_named() -> None:
    region = Region()
    twin.msk_unauthenticated(region, "f", True)
    answers = region.answers()
    answers.table["kafka:DescribeClusterV2"] = DENIED
    (page,) = Account(answers.clients(NAME), ACCOUNT).pages()
    found = audit(page.views[0], NOW)
    assert found.denials == ()
    assert any("how its poller signs in to" in why for why in found.undecided)


def test_a_poller_with_a_secret_does_not_sign_in_by_its_role() -> None:
    region = Region()
    twin.msk_unauthenticated(region, "f", True)
    secret = arn("secretsmanager", "secret:f-AbCdEf")
    region.mappings[0]["SourceAccessConfigurations"] = [{"Type": "SASL_SCRAM_512_AUTH", "URI": secret}]
    (one,) = audited(region)
    assert [denial.action for denial in one.denials] == ["secretsmanager:GetSecretValue"]


def test_a_poller_that_lacks_its_queue_and_its_key_is_one_finding() -> None:
    region = Region()
    twin.encrypted_queue(region, "f", True)
    region.roles[f"arn:aws:iam::{ACCOUNT}:role/app/f-role"].may.pop(1)
    (one,) = audited(region)
    assert [
        (denial.action, denial.excerpt.endswith("arn:aws:sqs:eu-west-1:111122223333:f")) for denial in one.denials
    ] == [("sqs:ReceiveMessage", True)]


def test_a_mute_function_is_one_incident_whatever_is_known_of_its_log_group() -> None:
    names = set()
    for refused, there in ((False, True), (False, False), (True, True)):
        region = Region()
        twin.managed(region, "f", True)
        region.groups = region.groups if there else set()
        answers = region.answers()
        answers.table |= {"logs:DescribeLogGroups": DENIED} if refused else {}
        (page,) = Account(answers.clients(NAME), ACCOUNT).pages()
        (denial,) = audit(page.views[0], NOW).denials
        names.add(denial.fingerprint)
    assert len(names) == 1


def test_a_role_of_a_caller_is_the_one_that_is_named() -> None:
    region = Region()
    twin.schedule(region, "f", True)
    (one,) = audited(region)
    (denial,) = one.denials
    assert denial.principal == f"arn:aws:sts::{ACCOUNT}:assumed-role/f/iam-watchdog-sweep"
    assert "calls as role f" in denial.excerpt


def test_a_role_change_reads_only_what_is_of_that_role() -> None:
    region, _ = twin.region(FUNCTIONS, broken=False)
    answers = region.answers()
    role = {
        "Path": "/",
        "RoleId": "AROAROLE000000000000",
        "CreateDate": NOW,
        "RoleName": "r",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/app/managed-0-role",
    }
    answers.table |= {
        "iam:GetRole": {"Role": role | {"AssumeRolePolicyDocument": json.dumps({"Statement": [TRUST]})}},
        "iam:ListRolePolicies": {"PolicyNames": []},
        "iam:ListAttachedRolePolicies": {"AttachedPolicies": []},
    }
    (view,) = Account(answers.clients(NAME), ACCOUNT).touched("managed-0-role", "", "")
    assert [d.action for d in audit(view, NOW).denials] == ["logs:CreateLogStream"]
    asked = calls(answers)
    assert not {name for name in asked if name.split(":")[0] not in ("lambda", "iam", "logs")}
    assert sum(asked.values()) - asked["lambda:ListFunctions"] < 10


def test_a_policys_new_version_reads_the_functions_of_all_roles_that_carry_it_and_no_more() -> None:
    region = Region()
    for name in ("a", "b", "c"):
        twin.managed(region, name, True)
    named = f"arn:aws:iam::{ACCOUNT}:policy/shared"
    answers = region.answers()
    carriers = [
        {"RoleName": "a-role", "RoleId": "AROAROLE000000000001"},
        {"RoleName": "c-role", "RoleId": "AROAROLE000000000002"},
    ]
    answers.table["iam:ListEntitiesForPolicy"] = {"PolicyRoles": carriers, "IsTruncated": False}
    views = list(Account(answers.clients(NAME), ACCOUNT).touched("", "", named))
    assert [view.function.name for view in views] == ["a", "c"]
    assert answers.named("iam:ListEntitiesForPolicy") == [{"PolicyArn": named, "EntityFilter": "Role"}]
    assert not {name for name in calls(answers) if name.split(":")[0] not in ("lambda", "iam", "logs")}


def test_a_policy_that_is_gone_or_that_no_role_carries_concerns_no_function() -> None:
    region = Region()
    twin.managed(region, "a", True)
    answers = region.answers()
    for answer in (Refusal("NoSuchEntity", "not there", 404), {"PolicyRoles": [], "IsTruncated": False}):
        answers.table["iam:ListEntitiesForPolicy"] = answer
        named = f"arn:aws:iam::{ACCOUNT}:policy/shared"
        assert list(Account(answers.clients(NAME), ACCOUNT).touched("", "", named)) == []
    assert "lambda:ListFunctions" not in calls(answers)


def test_of_the_very_many_functions_that_one_change_touches_the_next_sweep_looks_at_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(account, "AT_ONCE", 2)
    region = Region()
    role = region.function("a")
    for name in ("b", "c"):
        region.function(name, Role=role.arn)
    views = list(Account(region.answers().clients(NAME), ACCOUNT).touched("a-role", "", ""))
    assert [view.function.name for view in views] == ["a", "b"]
