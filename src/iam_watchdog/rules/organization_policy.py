"""The organization's own ceiling: a service or resource control policy; never an Allow on the role."""

from __future__ import annotations

from itertools import product

from iam_watchdog.model import Answer, Denial, Diagnosis, Effect, Evidence, Fix, Layer
from iam_watchdog.remedy.arns import part
from iam_watchdog.remedy.fixes import ORGANIZATION, advice, organizations
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis, reported
from iam_watchdog.rules.case.words import LAYER_NAMES, refused, statement

NAME = "organization_policy"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when such a policy was read and denies, or AWS names one that members cannot read."""
    case = open_case(denial, evidence)
    for asked, layer in product(case.culprits(), ORGANIZATION):
        if asked.verdict.denied and asked.answer(layer) in (Answer.IMPLICIT, Answer.EXPLICIT):
            return _read(asked, layer)
    return _reported(case)


def _read(case: Case, layer: Layer) -> Diagnosis:
    deciding = [f for f in case.verdict.deciding if f.layer is layer and f.effect == "Deny"]
    how = f"{statement(deciding[0])} denies it" if deciding else "none at one of its levels allows it"
    because = f"{refused(case)}: a {LAYER_NAMES[layer]} of the organization forbids it: {how}"
    return diagnosis(case, NAME, layer, because, _left_to_owners(case, layer, deciding[0].policy if deciding else ""))


def _reported(case: Case) -> Diagnosis | None:
    """What is explicit stands, whatever else lacks; what is implicit yields to a layer that certainly says no."""
    layer, said = case.said_layer, case.denial.said
    if layer not in ORGANIZATION or said is None or case.was_read(layer):
        return None
    if case.verdict.denied and said.effect is not Effect.EXPLICIT:
        return None
    named = f" {said.policy_arn}" if said.policy_arn else ""
    because = f"{refused(case)}: AWS says that a {LAYER_NAMES[layer]}{named} of the organization forbids it"
    fixes = _left_to_owners(case, layer, said.policy_arn or "")
    return reported(diagnosis(case, NAME, layer, because, fixes, notes=_besides(case)))


def _left_to_owners(case: Case, layer: Layer, named: str) -> tuple[Fix, ...]:
    """About the policy itself where its ARN is known, else about what it applies to."""
    if part(named, 2) == "organizations":
        return (organizations(layer, named),)
    return tuple(advice(layer, [case.request], case.evidence))


def _besides(case: Case) -> tuple[str, ...]:
    if not case.missing:
        return ()
    return (f"Besides, the {' and the '.join(LAYER_NAMES[x] for x in case.missing)} would not allow it either",)
