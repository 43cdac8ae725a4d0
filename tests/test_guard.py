"""The guard: each refusal by name, each with a twin that differs in one fact and is let through."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from iam_watchdog import guard
from iam_watchdog.model import (
    WATCHDOG,
    AddInvokePermission,
    Answer,
    AttachManagedPolicy,
    Change,
    Confidence,
    Denial,
    Diagnosis,
    Evidence,
    Layer,
    Plan,
    Policy,
    Proof,
    Target,
    Unread,
    Witness,
    Words,
)
from iam_watchdog.ports import Mode, Settings
from iam_watchdog.records import canonical, change_hash, plan_hash
from iam_watchdog.remedy.callers import names_source
from tests import cases
from tests.cases import ACCOUNT, BASIC, FUNCTION, ROLE, statements
from tests.fakes import NOON


def judged(
    who: str,
    plan: Plan | None = None,
    *,
    found: Diagnosis = cases.found,
    denial: Denial = cases.denial,
    evidence: Evidence = cases.evidence,
    settings: Settings = cases.SETTINGS,
    enabled: bool = True,
    tried: Words = (),
) -> Words:
    """What the guard says to a plan, by default the one that this asker may order."""
    plan = plan or (cases.mending if who == WATCHDOG else cases.reading)
    return guard.refusals(plan, found, denial, evidence, who, settings, enabled=enabled, tried=tried)


def role(**differs: object) -> Evidence:
    return replace(cases.evidence, role=replace(cases.role, **differs))  # type: ignore[arg-type]


def settings(**differs: object) -> Settings:
    return replace(cases.SETTINGS, **differs)  # type: ignore[arg-type]


def test_an_allow_listed_policy_on_an_opted_in_role_is_attached_unasked() -> None:
    assert judged(WATCHDOG) == ()


def test_a_narrow_statement_under_the_boundary_may_be_approved() -> None:
    assert judged(guard.PERSON) == ()


def test_an_exact_trigger_may_be_approved() -> None:
    assert judged(guard.PERSON, cases.starting, denial=cases.invoked) == ()


def test_the_names_are_in_the_order_of_the_clauses_and_each_has_a_sentence() -> None:
    everything = judged(
        WATCHDOG,
        statements(("iam:PassRole",), "*"),
        enabled=False,
        evidence=replace(role(tags={}, stack="shop"), at=NOON),
        denial=replace(cases.denial, witness=Witness.LOG),
    )
    assert list(everything) == [name for name in guard.REFUSALS if name in everything]
    assert len(everything) > 6
    assert all(sentence.endswith(".") for sentence in guard.REFUSALS.values())


def test_the_kill_switch_stops_everybody() -> None:
    for who in (WATCHDOG, guard.PERSON):
        assert judged(who, enabled=False) == ("kill_switch",)


def test_no_plan_is_no_grant() -> None:
    for plan in (None, replace(cases.mending, grants=())):
        answer = guard.refusals(plan, cases.found, cases.denial, cases.evidence, WATCHDOG, cases.SETTINGS)
        assert answer == ("not_a_grant",)


@pytest.mark.parametrize(
    "differs",
    [
        {"found": replace(cases.found, bound=False)},
        {"evidence": replace(cases.evidence, function=None)},
        {"evidence": replace(cases.evidence, function=replace(cases.function, role=f"{ROLE}-new"))},
        {"plan": replace(cases.mending, grants=(AttachManagedPolicy(f"{ROLE}-other", BASIC),))},
    ],
)
def test_a_denial_that_is_not_certainly_this_functions_own_changes_nothing(differs: dict[str, object]) -> None:
    assert "unbound" in judged(WATCHDOG, **differs)  # type: ignore[arg-type]


def test_a_trigger_is_let_in_to_the_denied_function_only() -> None:
    other = replace(cases.starting, grants=(replace(_trigger(), function=f"{FUNCTION}-other"),))
    assert judged(guard.PERSON, other, denial=cases.invoked) == ("unbound",)


@pytest.mark.parametrize(
    "proof",
    [
        Proof(Answer.ALLOWED, Answer.ALLOWED),
        Proof(Answer.IMPLICIT, Answer.IMPLICIT),
        Proof(Answer.IMPLICIT, Answer.ALLOWED, ("s3:PutObject",)),
        Proof(Answer.UNKNOWN, Answer.ALLOWED),
    ],
)
def test_what_is_not_proven_is_not_made(proof: Proof) -> None:
    assert judged(WATCHDOG, replace(cases.mending, proof=proof)) == ("unproven",)


@pytest.mark.parametrize("confidence", [Confidence.REPORTED, Confidence.INCOMPLETE])
def test_only_a_verified_diagnosis_leads_to_a_change(confidence: Confidence) -> None:
    for who in (WATCHDOG, guard.PERSON):
        assert judged(who, found=replace(cases.found, confidence=confidence)) == ("confidence",)


@pytest.mark.parametrize("action", sorted(a for every in guard.NEVER.values() for a in every))
def test_an_action_of_the_never_list_is_refused_to_everybody(action: str) -> None:
    for who in (WATCHDOG, guard.PERSON):
        assert "never" in judged(who, statements((action,), "arn:aws:s3:::orders/incoming/*"))


@pytest.mark.parametrize(
    "action",
    [
        "*",
        "i*:*",
        "iam:GetRole",
        "IAM:passrole",
        "s3:PutBucket*",
        "sts:Assume*",
        "s3:PutBucketOwnershipControls",
        "sqs:TagQueue",
    ],
)
def test_patterns_that_could_mean_them_and_their_kind_are_refused_too(action: str) -> None:
    assert "never" in judged(guard.PERSON, statements((action,), "arn:aws:s3:::orders/incoming/*"))


@pytest.mark.parametrize("action", guard.APPROVABLE)
def test_no_approvable_action_is_on_the_never_list(action: str) -> None:
    said = judged(guard.PERSON, statements((action,), "arn:aws:s3:::orders/incoming/*"))
    assert not {"never", "not_approvable"} & set(said)


def test_an_action_that_is_not_listed_stays_advice() -> None:
    assert judged(guard.PERSON, statements(("s3:PutBucketNotification",), "arn:aws:s3:::orders")) == ("not_approvable",)


def test_reading_data_needs_a_person() -> None:
    assert "ask" in judged(WATCHDOG, cases.reading)
    assert "ask" not in judged(WATCHDOG, statements(("s3:PutObject",), "arn:aws:s3:::orders/incoming/*"))
    assert "ask" not in judged(guard.PERSON, cases.reading)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("logs:PutLogEvents", f"{cases.GROUP}:*"),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:prod/db-??????"),
        ("s3:GetObject", "arn:aws:s3:::orders/incoming/2026/*"),
        ("s3:GetObject", "arn:aws-cn:s3:::my.dotted-bucket/a b/c:d/*"),
        ("dynamodb:Query", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders/index/*"),
        ("s3:GetObject", "arn:aws:s3:::orders/incoming/1.csv"),
        ("ec2:DescribeNetworkInterfaces", "*"),
        ("xray:PutTraceSegments", "*"),
    ],
)
def test_the_closed_list_of_patterns_is_narrow_enough(action: str, resource: str) -> None:
    assert "wildcard" not in judged(guard.PERSON, statements((action,), resource))


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("logs:PutLogEvents", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:*:*"),
        ("logs:PutLogEvents", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws/lambda/*"),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:*-??????"),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:db-*"),
        ("s3:GetObject", "arn:aws:s3:::orders/*"),
        ("s3:GetObject", "arn:aws:s3:::*"),
        ("s3:GetObject", "arn:aws:s3:::orders/*/x"),
        ("s3:GetObject", "arn:aws:s3:::orders/in*/*"),
        ("s3:GetObject", "arn:aws:s3:::orders//*"),
        ("s3:GetObject", "arn:aws:s3:::orders/${aws:username}/*"),
        ("s3:GetObject", "arn:aws:s3:::orders/incoming/*\n"),
        ("s3:GetObject", "*"),
        ("dynamodb:Query", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/*"),
        ("s3:Get*", "arn:aws:s3:::orders/incoming/1.csv"),
        ("made-up:Action", "*"),
        ("../../etc:Passwd", "*"),
    ],
)
def test_every_other_wildcard_is_refused(action: str, resource: str) -> None:
    assert "wildcard" in judged(guard.PERSON, statements((action,), resource))


def test_a_listed_policy_whose_document_drifted_is_judged_by_what_it_holds() -> None:
    drifted = replace(cases.evidence, facts={f"document:{BASIC}": "another"})
    same = replace(cases.evidence, facts={f"document:{BASIC}": "pinned"})
    for who in (WATCHDOG, guard.PERSON):
        assert judged(who, cases.mending, evidence=drifted) == ("wildcard",)
        assert judged(who, cases.mending, evidence=same) == ()


def _trigger() -> AddInvokePermission:
    grant = cases.starting.grants[0]
    assert isinstance(grant, AddInvokePermission)
    return grant


@pytest.mark.parametrize(
    ("differs", "refusal"),
    [
        ({"source_arn": f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/*"}, "wildcard"),
        ({"source_arn": None}, "wildcard"),
        ({"source_arn": "arn:aws:events:eu-west-1:999999999999:rule/daily"}, "foreign_target"),
        ({"source_arn": "arn:aws:s3:::orders", "principal": "s3.amazonaws.com"}, "foreign_target"),
        ({"principal": "999999999999"}, "outside_fence"),
        ({"principal": "*"}, "outside_fence"),
    ],
)
def test_a_trigger_is_named_exactly_and_is_our_own(differs: dict[str, str | None], refusal: str) -> None:
    plan = replace(cases.starting, grants=(replace(_trigger(), **differs),))  # type: ignore[arg-type]
    assert refusal in judged(guard.PERSON, plan, denial=cases.invoked)


def test_a_bucket_as_trigger_needs_its_account_and_a_log_group_its_star() -> None:
    bucket = replace(_trigger(), principal="s3.amazonaws.com", source_arn="arn:aws:s3:::orders", source_account=ACCOUNT)
    group = replace(_trigger(), principal="logs.amazonaws.com", source_arn=f"{cases.GROUP}:*")
    for grant in (bucket, group):
        assert judged(guard.PERSON, replace(cases.starting, grants=(grant,)), denial=_told_of(grant)) == ()


def _told_of(grant: AddInvokePermission) -> Denial:
    """The refusal of the very trigger that the grant names."""
    return replace(cases.invoked, principal=grant.principal, source_arn=grant.source_arn)


@pytest.mark.parametrize("service", ["sns", "events", "cognito-idp", "iot"])
def test_a_star_for_every_trigger_of_the_account_is_no_log_groups_star(service: str) -> None:
    grant = replace(
        _trigger(),
        principal=f"{service}.amazonaws.com",
        source_arn=f"arn:aws:{service}:eu-west-1:{ACCOUNT}:*",
        source_account=ACCOUNT,
    )
    plan = replace(cases.starting, grants=(grant,))
    assert judged(guard.PERSON, plan, denial=_told_of(grant)) == ("wildcard",)


@pytest.mark.parametrize(
    "differs",
    [
        {"source_arn": f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/hourly"},
        {"principal": "iot.amazonaws.com"},
        {"source_arn": None, "source_account": ACCOUNT},
        {"qualifier": "live"},
    ],
)
def test_what_was_read_of_one_trigger_lets_in_no_other(differs: dict[str, str | None]) -> None:
    plan = replace(cases.starting, grants=(replace(_trigger(), **differs),))  # type: ignore[arg-type]
    assert judged(guard.PERSON, cases.starting, denial=cases.invoked) == ()
    assert judged(guard.PERSON, plan, denial=cases.invoked) == ("untold_trigger",)


@pytest.mark.parametrize("facts", [{}, {"source_exists": "true"}, {"source_targets_function": "false"}])
def test_nobody_is_let_in_for_a_trigger_that_does_not_say_so_itself(facts: dict[str, str]) -> None:
    silent = replace(cases.evidence, facts=facts)
    assert judged(guard.PERSON, cases.starting, denial=cases.invoked) == ()
    assert judged(guard.PERSON, cases.starting, denial=cases.invoked, evidence=silent) == ("untold_trigger",)


@pytest.mark.parametrize(
    ("service", "source"),
    [
        ("bedrock", "agent/AGENT"),
        ("connect", "instance/1"),
        ("vpc-lattice", "targetgroup/tg-1"),
        ("ses", "receipt-rule-set/mail:receipt-rule/orders"),
        ("cognito-idp", "userpool/eu-west-1_a"),
        ("elasticloadbalancing", "targetgroup/orders/1"),
        ("iot", "rule/orders"),
        ("lexv2", "bot-alias/BOT/ALIAS"),
        ("config", "config-rule/config-rule-1"),
        ("secretsmanager", "secret:db-AbCdEf"),
    ],
)
def test_a_service_whose_call_names_its_source_may_be_let_in_and_no_other(service: str, source: str) -> None:
    named = f"arn:aws:{service}:eu-west-1:{ACCOUNT}:{source}"
    grant = replace(_trigger(), principal=f"{service}.amazonaws.com", source_arn=named, source_account=ACCOUNT)
    refused = () if names_source(grant.principal) else ("outside_fence",)
    assert judged(guard.PERSON, replace(cases.starting, grants=(grant,)), denial=_told_of(grant)) == refused


@pytest.mark.parametrize(
    "held",
    [
        role(tags={"iam-watchdog": "auto-fix", "iam-watchdog-hold": ""}),
        role(attached=("arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3",)),
        role(inline=("AWSRevokeOlderSessions",)),
        replace(cases.evidence, facts={"quarantine": "a Deny on sessions older than a date"}),
        replace(cases.evidence, function=replace(cases.function, tags={"iam-watchdog-hold": "INC-1"})),
    ],
)
def test_hands_off_means_hands_off(held: Evidence) -> None:
    for who in (WATCHDOG, guard.PERSON):
        assert judged(who, evidence=held) == ("hold",)


def test_the_tag_says_who_may_ask() -> None:
    approve, ignore, none = (role(tags=t) for t in ({"iam-watchdog": "approve"}, {"iam-watchdog": "ignore"}, {}))
    assert judged(WATCHDOG, evidence=approve) == ("tag",)
    assert judged(guard.PERSON, evidence=approve) == ()
    for who in (WATCHDOG, guard.PERSON):
        assert judged(who, evidence=ignore) == judged(who, evidence=none) == ("tag",)


def test_a_function_to_be_ignored_is_left_alone_whatever_its_role_says() -> None:
    ignored = replace(cases.evidence, function=replace(cases.function, tags={"iam-watchdog": "ignore"}))
    for who in (WATCHDOG, guard.PERSON):
        assert judged(who, evidence=ignored) == ("tag",)


def test_a_trigger_is_let_in_by_the_functions_own_tag() -> None:
    untagged = replace(cases.evidence, function=replace(cases.function, tags={}))
    assert judged(guard.PERSON, cases.starting, denial=cases.invoked, evidence=untagged) == ("tag",)


def test_another_account_is_never_touched() -> None:
    assert judged(WATCHDOG, denial=replace(cases.denial, account="999999999999")) == ("foreign_account",)
    assert "foreign_account" in judged(WATCHDOG, settings=settings(account="999999999999"))


def test_access_to_somebody_elses_resource_is_their_owners_to_give() -> None:
    foreign = replace(cases.evidence, targets=(Target("arn:aws:s3:::orders", "999999999999"),))
    assert judged(guard.PERSON, evidence=foreign) == ("foreign_target",)
    exact = statements(("s3:GetObject",), cases.OBJECT, account="")
    assert judged(guard.PERSON, exact) == ()
    nobody_knows = replace(cases.evidence, targets=(Target(cases.OBJECT, ""),))
    assert judged(guard.PERSON, exact, evidence=nobody_knows) == ("foreign_target",)
    elsewhere = statements(("sqs:SendMessage",), "arn:aws:sqs:eu-west-1:999999999999:orders")
    assert judged(guard.PERSON, elsewhere) == ("foreign_target",)


@pytest.mark.parametrize(
    "name",
    [
        "iam-watchdog-diagnose-eu-west-1",
        "aws-service-role/x/AWSServiceRoleForX",
        "iam-watchdog-hands-auto",
        "a/iam-watchdog-x",
    ],
)
def test_our_own_roles_and_awss_are_left_alone(name: str) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    itself = replace(role(arn=arn), function=replace(cases.function, role=arn))
    plan = replace(cases.mending, grants=(AttachManagedPolicy(arn, BASIC),))
    assert judged(WATCHDOG, plan, evidence=itself) == ("own",)


def test_a_listed_own_role_of_any_name_is_left_alone() -> None:
    assert judged(WATCHDOG, settings=settings(own_roles=(ROLE,))) == ("own",)
    assert judged(WATCHDOG, settings=settings(own_roles=(f"{ROLE}2",))) == ()


def test_a_policy_that_is_not_listed_is_beyond_the_fence_for_everybody() -> None:
    admin = replace(cases.mending, grants=(AttachManagedPolicy(ROLE, "arn:aws:iam::aws:policy/AdministratorAccess"),))
    assert judged(guard.PERSON, admin) == ("wildcard", "outside_fence")
    assert judged(WATCHDOG, admin) == ("wildcard", "outside_fence", "not_allow_listed")


@pytest.mark.parametrize(
    ("evidence", "differs"),
    [
        (role(boundary=None), {}),
        (role(boundary=f"{cases.BOUNDARY}-other"), {}),
        (cases.evidence, {"inline_boundary": ""}),
    ],
)
def test_statements_need_the_boundary_named_at_deployment(evidence: Evidence, differs: dict[str, str]) -> None:
    assert judged(guard.PERSON, evidence=evidence, settings=settings(**differs)) == ("no_boundary",)
    assert judged(guard.PERSON, cases.mending, evidence=evidence, settings=settings(**differs)) == ()


def test_approvals_need_approvers() -> None:
    assert judged(guard.PERSON, settings=settings(approvals=False)) == ("approvals_off",)
    assert judged(WATCHDOG, settings=settings(approvals=False)) == ()


@pytest.mark.parametrize("differs", [{"mode": Mode.PROPOSE}, {"dev_accounts": ()}, {"dev_accounts": ("999999999999",)}])
def test_unasked_only_in_auto_mode_and_development_accounts(differs: dict[str, object]) -> None:
    assert judged(WATCHDOG, settings=settings(**differs)) == ("mode",)
    assert judged(guard.PERSON, settings=settings(**differs)) == ()


def test_a_stacks_role_is_changed_unasked_only_if_the_deployment_says_so() -> None:
    assert judged(WATCHDOG, evidence=role(stack="shop")) == ("stack_role",)
    assert judged(WATCHDOG, evidence=role(stack="shop"), settings=settings(allow_stack_roles=True)) == ()
    assert judged(guard.PERSON, evidence=role(stack="shop")) == ()


def test_a_shared_role_is_not_changed_unasked() -> None:
    assert judged(WATCHDOG, evidence=role(shared_with=("other",))) == ("shared_role",)
    assert judged(guard.PERSON, evidence=role(shared_with=("other",))) == ()


def test_a_log_line_alone_changes_nothing_unasked() -> None:
    assert judged(WATCHDOG, denial=replace(cases.denial, witness=Witness.LOG)) == ("log_witness",)
    for strong in (Witness.CONFIG, Witness.CLOUDTRAIL, Witness.AUTHORIZATION):
        assert judged(WATCHDOG, denial=replace(cases.denial, witness=strong)) == ()
    confirmed = replace(cases.evidence, facts={"witness_confirmed": "cloudtrail"})
    assert judged(WATCHDOG, denial=replace(cases.denial, witness=Witness.LOG), evidence=confirmed) == ()
    assert judged(guard.PERSON, denial=replace(cases.denial, witness=Witness.LOG)) == ()


def test_statements_are_never_put_unasked_however_harmless() -> None:
    assert judged(WATCHDOG, statements(("logs:PutLogEvents",), f"{cases.GROUP}:*")) == ("not_allow_listed",)


def test_what_a_person_took_away_is_not_given_back_unasked() -> None:
    def changed(event: str, days: int, *, by_person: bool = True) -> Evidence:
        when = NOON - timedelta(days=days)
        return replace(cases.evidence, changes=(Change(when, "alice", event, ROLE, by_person=by_person),))

    assert judged(WATCHDOG, evidence=changed("DetachRolePolicy", 29)) == ("removed_by_person",)
    assert judged(WATCHDOG, evidence=changed("DetachRolePolicy", 31)) == ()
    assert judged(WATCHDOG, evidence=changed("AttachRolePolicy", 1)) == ()
    assert judged(WATCHDOG, evidence=changed("DetachRolePolicy", 1, by_person=False)) == ()
    assert judged(guard.PERSON, evidence=changed("DetachRolePolicy", 1)) == ()


def test_what_a_person_wrote_over_is_removed_and_what_was_only_added_is_not() -> None:
    def written(*then: str, now: tuple[str, ...] = ("logs:PutLogEvents",)) -> Evidence:
        def allow(action: str) -> dict[str, object]:
            return {"Effect": "Allow", "Action": action, "Resource": "*"}

        before = canonical({"policy": "logs", "document": {"Statement": [allow(action) for action in then]}})
        change = Change(NOON - timedelta(days=1), "alice", "PutRolePolicy", "shop-role", before=before)
        text = cases.document(*(allow(action) for action in now))
        policies = (*cases.evidence.policies, Policy(Layer.IDENTITY, "inline/logs", text, ROLE))
        return replace(cases.evidence, policies=policies, changes=(change,))

    assert judged(WATCHDOG, evidence=written()) == ()
    assert judged(WATCHDOG, evidence=written("logs:PutLogEvents")) == ()
    assert judged(WATCHDOG, evidence=written("logs:PutLogEvents", "logs:CreateLogGroup")) == ("removed_by_person",)
    assert judged(WATCHDOG, evidence=written("logs:PutLogEvents", "s3:GetObject")) == ()
    assert judged(guard.PERSON, evidence=written("logs:CreateLogGroup")) == ()


@pytest.mark.parametrize("event", ["PutRolePolicy", "CreatePolicyVersion"])
def test_a_document_put_over_an_unknown_one_is_taken_for_a_removal(event: str) -> None:
    """By a person; and not where the role's history reaches back to its creation: then there was none before."""

    def changed(*names: str, by_person: bool = True) -> Evidence:
        changes = tuple(Change(NOON - timedelta(days=1), "ann", name, ROLE, by_person=by_person) for name in names)
        return replace(cases.evidence, changes=changes)

    assert judged(WATCHDOG, evidence=changed(event, "CreateRole")) == ()
    assert judged(WATCHDOG, evidence=changed(event, by_person=False)) == ()
    assert judged(WATCHDOG, evidence=changed(event)) == ("removed_by_person",)
    assert judged(guard.PERSON, evidence=changed(event)) == ()


def test_changes_that_could_not_be_looked_up_are_not_taken_for_none() -> None:
    unread = Unread(Layer.IDENTITY, "recent changes of shop-role", "ThrottlingException", decides=False)
    elsewhere = replace(unread, what="recent changes of arn:aws:s3:::orders")
    assert judged(WATCHDOG, evidence=replace(cases.evidence, unread=(unread,))) == ("removed_by_person",)
    assert judged(WATCHDOG, evidence=replace(cases.evidence, unread=(elsewhere,))) == ()
    assert judged(guard.PERSON, evidence=replace(cases.evidence, unread=(unread,))) == ()


def ceiling(*statements: dict[str, object]) -> Evidence:
    """The same account under another boundary document."""
    others = tuple(p for p in cases.evidence.policies if p.layer is not Layer.BOUNDARY)
    text = cases.document(*statements)
    return replace(cases.evidence, policies=(*others, Policy(Layer.BOUNDARY, cases.BOUNDARY, text, ROLE)))


EVERYTHING: dict[str, object] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
NEVER = sorted(a for every in guard.NEVER.values() for a in every)


def test_the_boundary_that_we_recommend_is_strong_and_small_enough() -> None:
    text = guard.boundary_document()
    strong = replace(cases.evidence, policies=(Policy(Layer.BOUNDARY, cases.BOUNDARY, text, ROLE),))
    assert judged(guard.PERSON, evidence=strong) == ()
    assert len(text) <= 6144, "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"


@pytest.mark.parametrize(
    "statements",
    [
        [EVERYTHING],
        [EVERYTHING, {"Effect": "Deny", "Action": NEVER[1:], "Resource": "*"}],
        [EVERYTHING, {"Effect": "Deny", "Action": NEVER, "Resource": "arn:aws:iam::111122223333:role/prod-*"}],
        [
            EVERYTHING,
            {
                "Effect": "Deny",
                "Action": NEVER,
                "Resource": "*",
                "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "platform"}},
            },
        ],
        [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::orders/*"}],
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
        [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/x"},
        ],
    ],
)
def test_a_boundary_that_lets_something_of_the_never_list_through_is_weak(statements: list[dict[str, object]]) -> None:
    assert judged(guard.PERSON, evidence=ceiling(*statements)) == ("weak_boundary",)


@pytest.mark.parametrize(
    "statements",
    [
        [{"Effect": "Allow", "Action": ["s3:GetObject", "logs:PutLogEvents"], "Resource": "*"}],
        [EVERYTHING, {"Effect": "Deny", "Action": NEVER, "Resource": "*"}],
        [EVERYTHING, {"Effect": "Deny", "NotAction": ["s3:GetObject"], "Resource": "*"}],
    ],
)
def test_a_boundary_that_keeps_the_never_list_out_is_strong(statements: list[dict[str, object]]) -> None:
    assert judged(guard.PERSON, evidence=ceiling(*statements)) == ()


def test_a_boundary_that_could_not_be_read_is_weak() -> None:
    assert judged(guard.PERSON, evidence=replace(cases.evidence, policies=())) == ("weak_boundary",)
    assert judged(guard.PERSON, evidence=ceiling()) == (), "an empty boundary lets nothing through"
    broken = replace(cases.evidence, policies=(Policy(Layer.BOUNDARY, cases.BOUNDARY, "{", ROLE),))
    assert judged(guard.PERSON, evidence=broken) == ("weak_boundary",)


def test_what_did_not_help_is_not_made_again_unasked() -> None:
    assert judged(WATCHDOG, tried=(plan_hash(cases.mending),)) == ("tried_before",)
    assert judged(WATCHDOG, tried=(change_hash(cases.mending.grants),)) == ("tried_before",)
    assert judged(WATCHDOG, tried=("another",)) == ()
    assert judged(guard.PERSON, tried=(plan_hash(cases.reading),)) == ()


def test_a_yes_replaces_the_tail_and_the_ask_list_and_nothing_else() -> None:
    names = list(guard.REFUSALS)
    assert {"ask", *names[names.index("mode") :]} == guard.REPLACED_BY_APPROVAL
    assert names[names.index("mode") + 1] == "stack_role"


def test_neither_is_what_could_not_be_looked_up_of_the_policies_that_the_role_holds() -> None:
    """Another default version takes as much away as a detaching does."""
    held = "arn:aws:iam::111122223333:policy/orders"
    unread = Unread(Layer.IDENTITY, f"recent changes of {held}", "ThrottlingException", decides=False)
    role = cases.evidence.role
    assert role
    of_another = replace(cases.evidence, unread=(unread,))
    assert judged(WATCHDOG, evidence=of_another) == ()
    holds = replace(of_another, role=replace(role, attached=(*role.attached, held)))
    assert judged(WATCHDOG, evidence=holds) == ("removed_by_person",)
    assert judged(guard.PERSON, evidence=holds) == ()


def test_nor_is_a_policy_whose_history_was_left_out_because_there_were_too_many() -> None:
    left = replace(cases.evidence, facts={**cases.evidence.facts, "changes_not_looked_up": "orders"})
    assert judged(WATCHDOG, evidence=left) == ("removed_by_person",)
    assert judged(guard.PERSON, evidence=left) == ()


def test_a_function_that_a_person_moved_to_this_role_is_given_nothing_unasked() -> None:
    def moved(before: str, *, by_person: bool = True, days: int = 1) -> Evidence:
        at = NOON - timedelta(days=days)
        change = Change(at, "alice", "UpdateFunctionConfiguration", "shop", before=before, by_person=by_person)
        return replace(cases.evidence, changes=(change,))

    from_another = canonical({"role": f"{ROLE}-before"})
    assert judged(WATCHDOG, evidence=moved("")) == ()
    assert judged(WATCHDOG, evidence=moved(from_another, by_person=False)) == ()
    assert judged(WATCHDOG, evidence=moved(from_another, days=31)) == ()
    assert judged(WATCHDOG, evidence=moved(from_another)) == ("removed_by_person",)
    assert judged(guard.PERSON, evidence=moved(from_another)) == ()


# ---------------------------------------------------------------- what a person took away that was something else


def taken(event: str, before: Any, *, on: str = "shop-role") -> Evidence:
    """Alice took something away yesterday; what it was is told as the history would tell it."""
    change = Change(NOON - timedelta(days=1), "alice", event, on, before=canonical(before) if before else "")
    return replace(cases.evidence, changes=(change,))


def held(*statements: Any, **more: Any) -> dict[str, Any]:
    return {"policy": "old", "document": {"Version": "2012-10-17", "Statement": list(statements)}, **more}


def allowing(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


POLICY = "arn:aws:iam::111122223333:policy/mine"
DECIDED: Any = {"StringEquals": {"aws:RequestedRegion": "xx-nowhere-1"}}
ELSE = [allowing("s3:GetObject"), allowing(["sqs:Send*", "dynamodb:*"], "*")]


@pytest.mark.parametrize(
    ("event", "before"),
    [
        ("DeleteRolePolicy", held(*ELSE)),
        ("DeleteRolePolicy", held({"Effect": "Deny", "Action": "*", "Resource": "*"})),
        ("DetachRolePolicy", {**held(*ELSE), "policy_arn": POLICY, "now": "v2", "then": "v2"}),
        ("SetDefaultPolicyVersion", {**held(*ELSE), "policy_arn": POLICY, "version": "v1"}),
    ],
)
def test_what_is_known_to_have_been_something_else_refuses_nothing(event: str, before: dict[str, Any]) -> None:
    if event != "DeleteRolePolicy":
        before.pop("policy", None)
    assert judged(WATCHDOG, evidence=taken(event, before)) == ()
    assert judged(WATCHDOG, evidence=taken(event, None)) == ("removed_by_person",), "unknown"


@pytest.mark.parametrize(
    "statement",
    [
        allowing("logs:PutLogEvents"),
        allowing("logs:CreateLogStream", "arn:aws:logs:eu-central-1:111122223333:log-group:another:*"),
        allowing("LOGS:put*"),
        allowing("*"),
        allowing("l?gs:*"),
        allowing(["s3:GetObject", "*:PutLogEvents"]),
        allowing("logs:PutLogEvents", Condition=DECIDED),
        allowing("logs:PutLogEvents", "arn:aws:logs:*:${aws:PrincipalAccount}:*"),
        {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "logs:PutLogEvents", "NotResource": "arn:aws:s3:::x"},
        {"Effect": "Allow", "Action": [], "Resource": "*"},
        {"Effect": "Allow", "Action": {"s3": 1}, "Resource": "*"},
        {"Effect": "allow", "Action": "s3:GetObject", "Resource": "*"},
        allowing([f"s3:Get{n}" for n in range(9_000)]),
    ],
    ids=lambda statement: str(statement)[:60],
)
def test_what_the_change_would_give_back_in_part_is_refused_whatever_condition_it_had(statement: Any) -> None:
    """Also what the refused call did not need: the attached policy would bring it."""
    assert judged(WATCHDOG, evidence=taken("DeleteRolePolicy", held(*ELSE, statement))) == ("removed_by_person",)


@pytest.mark.parametrize(
    ("event", "before"),
    [
        ("DeleteRolePolicy", held()),
        ("DeleteRolePolicy", {"policy": "old", "document": '{"Statement": [{"Effect": "Allow", "Act'}),
        ("DeleteRolePolicy", {"policy": "old", "document": {"Statement": [1, None, {}]}}),
        ("DeleteRolePolicy", {"policy": "old"}),
        ("DetachRolePolicy", {"policy_arn": POLICY, "document": held(*ELSE)["document"]}),
        ("DetachRolePolicy", {"policy_arn": POLICY, "document": held(*ELSE)["document"], "now": "v3", "then": "v2"}),
        ("DetachRolePolicy", {"policy_arn": POLICY, "document": held(*ELSE)["document"], "now": "v3", "then": ""}),
        ("DetachRolePolicy", {"policy_arn": POLICY, "document": held()["document"], "now": "v3", "then": "v3"}),
        ("DeleteRolePermissionsBoundary", None),
        ("RemovePermission", {"permission": "nonsense"}),
    ],
)
def test_what_is_not_known_to_the_letter_is_refused_as_before(event: str, before: Any) -> None:
    """Nothing, a part, another version of it, or the document of today where nobody knows what it was then."""
    assert judged(WATCHDOG, evidence=taken(event, before)) == ("removed_by_person",)


def test_one_removal_that_counts_is_enough_and_a_hidden_one_counts() -> None:
    both = taken("DeleteRolePolicy", held(*ELSE))
    (first,) = both.changes
    unknown = replace(first, before="")
    assert judged(WATCHDOG, evidence=replace(both, changes=(first, unknown))) == ("removed_by_person",)
    behind = Unread(Layer.IDENTITY, "recent changes of shop-role", "there are more events", decides=False)
    assert judged(WATCHDOG, evidence=replace(both, unread=(behind,))) == ("removed_by_person",)
