"""A Deny statement that somebody wrote on purpose: a guardrail worked, and no Allow can help."""

from __future__ import annotations

from dataclasses import replace

from iam_watchdog.model import Answer, Denial, Diagnosis, Effect, Evidence, Finding, Layer, Policy
from iam_watchdog.remedy.fixes import ORGANIZATION
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis, reported
from iam_watchdog.rules.case.words import LAYER_NAMES, refused, statement

NAME = "explicit_deny"
_ALL = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
WORKED = "A guardrail worked: talk to the owner of that statement before anything is changed"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when a statement that was read denies, or the message says so of a layer that could not be read."""
    case = open_case(denial, evidence)
    for asked in case.culprits():
        if asked.verdict.answer is Answer.EXPLICIT:
            denies = [f for f in asked.verdict.deciding if f.effect == "Deny" and f.layer not in ORGANIZATION]
            return _read(asked, denies[0]) if denies else None
    return _reported(case)


def _read(case: Case, deny: Finding) -> Diagnosis:
    owner = next((p.on for p in case.policies if p.name == deny.policy and p.layer is deny.layer and p.on), "")
    on = f", attached to {owner}," if owner else ""
    because = f"{refused(case)}: {statement(deny)}{on} denies it explicitly ({LAYER_NAMES[deny.layer]})"
    return diagnosis(case, NAME, deny.layer, because, notes=(WORKED,))


def _reported(case: Case) -> Diagnosis | None:
    """AWS says so, of a layer that nobody could read or of a statement whose condition nobody can check."""
    layer, said = case.said_layer, case.denial.said
    if said is None or layer is None or said.effect is not Effect.EXPLICIT or layer in ORGANIZATION:
        return None
    doubtful = _doubtful(case, layer)
    if doubtful:
        why = f"{statement(doubtful[0])} denies it under a condition that cannot be checked from here"
        return _on_aws_word(case, layer, f"AWS says that it is denied explicitly, and {why}")
    if case.was_read(layer) or not (layer in case.unread or case.may_be_unseen(layer)):
        return None
    named = f" {said.policy_arn}" if said.policy_arn else ""
    why = f"AWS says that a {LAYER_NAMES[layer]}{named} denies it explicitly; it could not be read"
    return _on_aws_word(case, layer, why)


def _doubtful(case: Case, layer: Layer) -> list[Finding]:
    """The Deny statements of that layer that may speak; a missing Allow beside them must not hide them."""
    role = case.evidence.role
    allowing = Policy(Layer.IDENTITY, "everything", _ALL, role.arn if role else "")
    allowed = open_case(case.denial, replace(case.evidence, policies=(*case.evidence.policies, allowing)))
    return [f for f in allowed.verdict.deciding if f.effect == "Deny" and f.layer is layer]


def _besides(case: Case) -> tuple[str, ...]:
    if not case.missing:
        return ()
    return (f"Besides, the {' and the '.join(LAYER_NAMES[x] for x in case.missing)} would not allow it either",)


def _on_aws_word(case: Case, layer: Layer, why: str) -> Diagnosis:
    return reported(diagnosis(case, NAME, layer, f"{refused(case)}: {why}", notes=(WORKED, *_besides(case))))
