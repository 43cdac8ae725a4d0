"""One symptom a file; the first rule that recognises a denial speaks, so the order is part of the contract."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

from iam_watchdog.model import Confidence, Denial, Diagnosis, Evidence
from iam_watchdog.rules import (
    already_allowed,
    condition_unmet,
    destination,
    env_kms_key,
    event_source_mapping,
    explicit_deny,
    identity_missing_allow,
    invoke_permission,
    kms_key_policy,
    kms_missing_allow,
    logs_basic,
    organization_policy,
    pass_role,
    permissions_boundary,
    resource_mismatch,
    resource_policy,
    s3_list_on_object_arn,
    s3_missing_list,
    s3_object_on_bucket_arn,
    session_policy,
    trust_policy,
    undecided,
    vpc_access,
    vpc_endpoint_policy,
    wrong_role,
)
from iam_watchdog.rules.case.told_by_aws import GUESSED, LIKELY, RECORDED, completed

RULES: tuple[ModuleType, ...] = (
    wrong_role,
    explicit_deny,
    organization_policy,
    permissions_boundary,
    session_policy,
    vpc_endpoint_policy,
    trust_policy,
    invoke_permission,
    env_kms_key,
    pass_role,
    logs_basic,
    vpc_access,
    kms_key_policy,
    kms_missing_allow,
    s3_missing_list,
    already_allowed,
    resource_policy,
    event_source_mapping,
    destination,
    s3_object_on_bucket_arn,
    s3_list_on_object_arn,
    resource_mismatch,
    condition_unmet,
    identity_missing_allow,
    undecided,
)
"""Each has NAME and examine(denial, evidence); undecided always speaks.

Why this order: whose denial it is comes first. A Deny and the ceilings come before any missing Allow, since no Allow
helps under them. The rules of one kind of denial (trust, invoke, environment, logs, network) speak for that kind alone.
`already_allowed` comes after the keys and the hidden 404: there the call itself is allowed and something beside it is
not. Then the special cases of a missing Allow, the plain one last, so that the sentence is as helpful as it can be.
"""


def diagnose(denial: Denial, evidence: Evidence) -> Diagnosis:
    """Ask the rules in order; the first that recognises the symptom speaks."""
    denial = completed(denial, evidence)
    for rule in RULES:
        found: Diagnosis | None = rule.examine(denial, evidence)
        if found is not None:
            return _honest(found, denial)
    raise AssertionError("undecided always speaks")


def _honest(found: Diagnosis, denial: Denial) -> Diagnosis:
    """Say from where the resource is known that the text leaves out; what is guessed verifies nothing."""
    where = denial.recovered.get("resource", "")
    if where.startswith(RECORDED):
        note = f"The text names no resource; {where} does: {denial.resource}"
        return replace(found, notes=(note, *found.notes))
    if where.startswith(LIKELY):
        seen = f"{where.removeprefix(LIKELY)}, the only refusal of this call that is known of that minute, is of it"
    elif where.startswith(GUESSED):
        seen = f"it is {where.removeprefix(GUESSED)}"
    else:
        return found
    note = f"The text names no resource; {denial.resource} is a guess: {seen}"
    return replace(found, confidence=Confidence.INCOMPLETE, notes=(note, *found.notes))
