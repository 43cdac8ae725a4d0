"""The three ceilings that only cap: boundary, session policy, VPC endpoint policy; read, or named by AWS alone."""

from __future__ import annotations

from iam_watchdog.model import Denial, Diagnosis, Evidence, Layer
from iam_watchdog.remedy.fixes import advice
from iam_watchdog.rules.case.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis, needed, reported, unseen
from iam_watchdog.rules.case.together import together
from iam_watchdog.rules.case.words import LAYER_NAMES, nearest, refused


def examine_ceiling(name: str, layer: Layer, denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when the ceiling lacks the action; with it, whatever else lacks, so that one round mends all."""
    case = open_case(denial, evidence)
    for asked in case.culprits():
        if layer in asked.missing:
            because = f"{refused(asked)}: the {_ceiling(asked, layer)} lacks it, and that caps every policy of the role"
            fixes = needed(asked, *together(asked)) or tuple(advice(layer, [asked.request], evidence))
            return diagnosis(asked, name, layer, f"{because}{nearest(asked, layer)}", fixes)
    return _reported(name, layer, case)


def _ceiling(case: Case, layer: Layer) -> str:
    name = next((p.name for p in case.policies if p.layer is layer), "")
    return f"{LAYER_NAMES[layer]} {name}".strip()


def _reported(name: str, layer: Layer, case: Case) -> Diagnosis | None:
    """Only AWS's message knows a document that nobody could read; what certainly lacks elsewhere goes first."""
    if not case.blamed(layer) or (case.was_read(layer) and not case.doubtful(layer)):
        return None
    because = f"{refused(case)}: AWS says that no {LAYER_NAMES[layer]} allows it; {unseen(case, layer)}"
    fixes = tuple(advice(layer, [case.request], case.evidence))
    return reported(diagnosis(case, name, layer, because, fixes))
