"""What the sweep finds is diagnosed by the rule that fits, on whose document, from what AWS answers about it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from iam_watchdog import healing, rules
from iam_watchdog.aws.gather import AccountReader
from iam_watchdog.aws.survey import Account
from iam_watchdog.expect import audit
from iam_watchdog.model import AddInvokePermission, AddRoleStatements, Advice, Denial, Diagnosis, Plan
from iam_watchdog.ports import Settings
from iam_watchdog.remedy import propose
from tests.aws import twin
from tests.aws.answers import DENIED, Reply
from tests.aws.region import ACCOUNT, NAME, NOW, Region

INVOKE = "invoke_permission"
RULES = {
    **dict.fromkeys(("managed", "group_of_its_own", "group_not_made_yet"), "logs_basic"),
    **dict.fromkeys(("trust", "trust_for_its_account", "role_that_is_there"), "trust_policy"),
    "boundary": "permissions_boundary",
    **dict.fromkeys(("network", "network_by_resource"), "vpc_access"),
    **dict.fromkeys(("key", "key_in_use"), "env_kms_key"),
    "image": "undecided",
    **dict.fromkeys(("traced", "disk", "failed_batches"), "identity_missing_allow"),
    **dict.fromkeys(("queue", "queue_switched_off", "stream", "table"), "event_source_mapping"),
    **dict.fromkeys(
        ("msk", "msk_by_iam", "msk_by_cluster_policy", "msk_unauthenticated", "own_kafka", "broker"),
        "event_source_mapping",
    ),
    "queue_that_admits_the_role": "explicit_deny",
    **dict.fromkeys(("encrypted_queue", "encrypted_stream", "encrypted_sign_in"), "kms_missing_allow"),
    **dict.fromkeys(("encrypted_dead_letters", "encrypted_topic"), "kms_missing_allow"),
    "encrypted_bucket_destination": "kms_missing_allow",
    "encrypted_queue_by_grant": "kms_missing_allow",
    "encrypted_queue_by_key_policy": "kms_key_policy",
    **dict.fromkeys(("destinations", "bucket_destination", "bus_and_function", "dead_letters"), "destination"),
    **dict.fromkeys(("network_reported", "queue_reported"), "already_allowed"),
}


def swept(region: Region) -> Denial:
    (page,) = Account(region.answers().clients(NAME), ACCOUNT).pages()
    (denial,) = audit(page.views[0], NOW).denials
    return denial


def reading(region: Region, more: Mapping[str, Reply] | None = None) -> AccountReader:
    answers = region.answers()
    answers.table |= {**region.around(), **(more or {})}
    answers.otherwise = DENIED
    return AccountReader(answers.clients(NAME), Settings(ACCOUNT, NAME), lambda: NOW)


def diagnosed(region: Region) -> tuple[Denial, Diagnosis, Plan | None]:
    denial = swept(region)
    evidence = reading(region).gather(denial)
    found, plan, _ = propose.plan(rules.diagnose(denial, evidence), denial, evidence)
    return denial, found, plan


@pytest.mark.parametrize("trait", twin.TRAITS)
def test_the_rule_that_fits_speaks(trait: str) -> None:
    region = Region()
    twin.TRAITS[trait](region, "f", True)
    _, found, plan = diagnosed(region)
    assert found.rule == RULES.get(trait, INVOKE)
    assert plan or all(isinstance(fix, Advice) for fix in found.fixes)


STARTED = tuple(name for name in twin.TRAITS if RULES.get(name, INVOKE) == INVOKE and "url" not in name)
"""Traits in which something starts the function."""


def refused(region: Region) -> tuple[Denial, ...]:
    """A Region in which nothing that starts a function may do so, and what the sweep says of it."""
    for trait in STARTED:
        twin.TRAITS[trait](region, trait.replace("_", "-"), True)
    (page,) = Account(region.answers().clients(NAME), ACCOUNT).pages()
    found = tuple(denial for view in page.views for denial in audit(view, NOW).denials)
    assert len(found) == len(STARTED)
    return found


def test_of_a_trigger_that_is_there_nothing_is_over() -> None:
    region = Region()
    denials = refused(region)
    reader = reading(region)
    for denial, evidence in zip(denials, map(reader.gather, denials), strict=True):
        assert evidence.facts["source_targets_function"] == "true", denial.source_arn
        assert healing.moot(denial, evidence) == ""


def test_once_the_trigger_is_removed_its_incident_is_over() -> None:
    region = Region()
    denials = refused(region)
    gone = Region(functions=region.functions, roles=region.roles, groups=region.groups, own=region.own)
    reader = reading(gone)
    assert [healing.moot(one, reader.gather(one)) for one in denials] == [f"{d.source_arn} is gone" for d in denials]


def test_a_trigger_that_nobody_may_ask_about_stays_open() -> None:
    region = Region()
    denials = refused(region)
    reader = reading(region, dict.fromkeys(region.asked_one_by_one(), DENIED))
    for denial, evidence in zip(denials, map(reader.gather, denials), strict=True):
        assert "source_exists" not in evidence.facts
        assert healing.moot(denial, evidence) == ""
        assert any(not unread.decides for unread in evidence.unread if unread.what == f"trigger {denial.source_arn}")


def over(denial: Denial, region: Region) -> bool:
    """Is it over, as the sweep would have it after a day?"""
    evidence = reading(region).gather(denial)
    allowed = [rules.diagnose(one, evidence).rule for one in healing.spellings(denial)]
    if healing.moot(denial, evidence) or "already_allowed" in allowed:
        return True
    view = None if denial.source_arn else Account(region.answers().clients(NAME), ACCOUNT).alone("f")
    return bool(view and healing.outgrown(denial, audit(view, NOW)))


@pytest.mark.parametrize("trait", [name for name in twin.TRAITS if RULES.get(name) != "already_allowed"])
def test_what_was_mended_or_taken_away_is_over_and_nothing_before(trait: str) -> None:
    broken, whole = Region(), Region()
    twin.TRAITS[trait](broken, "f", True)
    twin.TRAITS[trait](whole, "f", False)
    denial = swept(broken)
    assert (over(denial, broken), over(denial, whole)) == (False, True)


SIGNED_IN = ("cluster/f/1", "topic/f/1/orders", "group/f/1/shop")
CALLERS = (
    "schedule",
    "schedule_by_the_functions_policy",
    "state_machine",
    "pipe",
    "pipe_that_stands_still",
    "pipeline",
    "firehose",
    "firehose_under_the_processors_role",
    "firehose_that_does_not_transform",
    "data_source",
)


@pytest.mark.parametrize("trait", CALLERS)
def test_the_role_of_the_caller_is_the_one_to_mend_and_only_by_its_owner(trait: str) -> None:
    region = Region()
    twin.TRAITS[trait](region, "f", True)
    denial, found, plan = diagnosed(region)
    (fix,) = found.fixes
    assert isinstance(fix, Advice)
    assert fix.target == f"arn:aws:iam::{ACCOUNT}:role/callers/f"
    assert [(a.actions, a.resources) for a in fix.statements] == [(("lambda:InvokeFunction",), (denial.resource,))]
    assert f"{denial.source_arn} does not start function f: it calls as role f" in found.because
    assert (plan, found.bound, str(found.confidence)) == (None, False, "verified")


@pytest.mark.parametrize(
    ("trait", "service", "account"),
    [
        ("balancer", "elasticloadbalancing", None),
        ("user_pool", "cognito-idp", ACCOUNT),
        ("topic_rule", "iot", ACCOUNT),
        ("bot", "lexv2", ACCOUNT),
        ("iot_authorizer", "iot", None),
        ("lattice", "vpc-lattice", None),
        ("receipt_rule", "ses", ACCOUNT),
        ("agent", "bedrock", ACCOUNT),
    ],
)
def test_the_permission_names_the_very_source_that_was_read(trait: str, service: str, account: str | None) -> None:
    region = Region()
    twin.TRAITS[trait](region, "f", True)
    denial, found, plan = diagnosed(region)
    assert plan
    qualifier = "live" if trait == "balancer" else None
    wanted = AddInvokePermission(region.of("f"), qualifier, f"{service}.amazonaws.com", denial.source_arn, account)
    assert found.fixes == (wanted,)
    assert str(denial.source_arn) in found.because


@pytest.mark.parametrize(
    ("trait", "service", "actions"),
    [
        ("encrypted_stream", "kinesis", {"kms:Decrypt"}),
        ("encrypted_dead_letters", "sqs", {"kms:Decrypt"}),
        ("encrypted_topic", "sns", {"kms:Decrypt", "kms:GenerateDataKey"}),
    ],
)
def test_what_lacks_of_a_key_is_proposed_at_once_and_through_its_service_alone(
    trait: str, service: str, actions: set[str]
) -> None:
    region = Region()
    twin.TRAITS[trait](region, "f", True)
    denial, found, plan = diagnosed(region)
    key = f"arn:aws:kms:{NAME}:{ACCOUNT}:key/f"
    assert plan
    assert key in found.because
    assert str(denial.resource) in found.because
    assert f"kms:Decrypt on {key} is refused" in denial.excerpt
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    assert {action for allow in fix.statements for action in allow.actions} == actions
    assert {allow.resources for allow in fix.statements} == {(key,)}
    via = ("StringEquals", "kms:ViaService", (f"{service}.{NAME}.amazonaws.com",))
    assert all(via in allow.conditions for allow in fix.statements)


def test_all_that_signing_in_to_a_cluster_needs_is_proposed_at_once_by_name() -> None:
    region = Region()
    twin.msk_unauthenticated(region, "f", True)
    _, found, plan = diagnosed(region)
    assert plan
    assert found.instead == (), "AWS's managed policy does not sign in"
    (fix,) = found.fixes
    assert isinstance(fix, AddRoleStatements)
    asked = {(action, on) for allow in fix.statements for action in allow.actions for on in allow.resources}
    cluster, topic, group = (f"arn:aws:kafka:{NAME}:{ACCOUNT}:{tail}" for tail in SIGNED_IN)
    assert asked == {
        ("kafka-cluster:Connect", cluster),
        ("kafka-cluster:DescribeClusterDynamicConfiguration", cluster),
        ("kafka-cluster:DescribeTopic", topic),
        ("kafka-cluster:ReadData", topic),
        ("kafka-cluster:DescribeGroup", group),
        ("kafka-cluster:AlterGroup", group),
    }


def test_a_callers_role_that_is_gone_is_named() -> None:
    region = Region()
    twin.schedule(region, "f", True)
    for role in region.roles.values():
        role.there = "callers" not in role.arn
    _, found, _ = diagnosed(region)
    assert "which does not exist any more" in found.because


def test_both_statements_of_a_new_url_are_advised_one_by_one() -> None:
    region = Region()
    twin.new_url(region, "f", True)
    _, found, _ = diagnosed(region)
    (fix,) = found.fixes
    assert isinstance(fix, Advice)
    assert [(a.actions, a.principals) for a in fix.statements] == [(("lambda:InvokeFunction",), (("AWS", "*"),))]


def test_what_aws_itself_reports_stands_in_the_sentence() -> None:
    region = Region()
    twin.image(region, "f", True)
    _, found, _ = diagnosed(region)
    assert found.because.startswith("f cannot pull its image: AWS itself reports ImageAccessDenied")
