"""The function's environment variables cannot be decrypted: its key is shut, or Lambda's grant on it is gone."""

from __future__ import annotations

from iam_watchdog.model import Advice, Denial, Diagnosis, Evidence, Kind, Layer
from iam_watchdog.remedy.fixes import advice
from iam_watchdog.rules.case import Case, open_case
from iam_watchdog.rules.case.finding import diagnosis, reported
from iam_watchdog.rules.case.words import role

NAME = "env_kms_key"


def examine(denial: Denial, evidence: Evidence) -> Diagnosis | None:
    """Speak when AWS itself reports it; the grant that Lambda uses is in no policy, so it is never applied for."""
    if denial.kind is not Kind.LAMBDA_ENV_KMS:
        return None
    case = open_case(denial, evidence)
    key = denial.resource or (evidence.function.key if evidence.function else None) or "its KMS key"
    code = _reported(case)
    because = (
        f"Function {denial.function} does not start: its environment variables cannot be decrypted with {key}"
        f"{f' ({code})' if code else ''}"
    )
    return reported(diagnosis(case, NAME, Layer.RESOURCE, because, (_advice(case, key),)))


def _reported(case: Case) -> str:
    function = case.evidence.function
    if function is None:
        return ""
    return function.state_reason_code or function.last_update_reason_code or function.environment_error or ""


def _advice(case: Case, key: str) -> Advice:
    text = (
        f"1. Make sure that {key} exists and is enabled. 2. Let its key policy delegate to IAM or admit role "
        f"{role(case)} for kms:Decrypt. 3. Save the function's configuration again with another key and back: "
        "Lambda decrypts through a grant, which only that makes anew."
    )
    lacking = advice(Layer.RESOURCE, [case.request], case.evidence) if Layer.RESOURCE in case.missing else []
    return Advice(Layer.RESOURCE, key, text, tuple(allow for one in lacking for allow in one.statements))
