"""Trials: run only where the owner said so twice, once, without the SDK's retry; what the function says is weighed."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from iam_watchdog.aws.invoker import LambdaInvoker
from iam_watchdog.model import Incident, Kind, Layer, Policy, Trial
from iam_watchdog.ports import Settings
from tests import cases
from tests.aws.answers import Answers, Refusal
from tests.cases import ACCOUNT, ROLE, document
from tests.fakes import NOON, FakeClock, FakeReader

REQUEST = "11111111-2222-3333-4444-555555555555"
STREAM = "2026/11/23/[$LATEST]abc"
WHO = f"arn:aws:sts::{ACCOUNT}:assumed-role/shop-role/shop"
SETTINGS = Settings(account=ACCOUNT, region="eu-west-1", verify_functions=("shop",))
INCIDENT = Incident(cases.denial.fingerprint, 1, cases.denial, 1, NOON, NOON)
TRUST = document({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
READS = document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::orders/incoming/*"})


def refusal(who: str, action: str, resource: str) -> str:
    """A denial as AWS words it."""
    because = f"because no identity-based policy allows the {action} action"
    return f"User: {who} is not authorized to perform: {action} on resource: {resource} {because}"


SAME = refusal(WHO, "s3:GetObject", '"arn:aws:s3:::orders/incoming/2.csv"')
OTHER = refusal(WHO, "kms:Decrypt", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k")


def configuration(**differs: Any) -> dict[str, Any]:
    return {
        "FunctionName": "shop",
        "Role": ROLE,
        "Timeout": 3,
        "State": "Active",
        "LastUpdateStatus": "Successful",
    } | differs


def tagged(how: str | None) -> dict[str, Any]:
    role = {
        "Path": "/app/",
        "RoleName": "shop-role",
        "RoleId": "AROASHOPSHOPSHOPSHOP",
        "Arn": ROLE,
        "CreateDate": NOON,
        "Tags": [{"Key": "iam-watchdog-verify", "Value": how}] if how else [],
    }
    return {"Role": role}


def answer(payload: object = None, tail: str = "", error: str = "") -> dict[str, Any]:
    given: dict[str, Any] = {
        "StatusCode": 200,
        "Payload": io.BytesIO(json.dumps(payload).encode()),
        "LogResult": base64.b64encode(tail.encode()).decode(),
        "ExecutedVersion": "$LATEST",
    }
    return given | ({"FunctionError": error} if error else {})


def events(*messages: str, stream: str = STREAM, after: int = 0) -> dict[str, Any]:
    at = int(NOON.timestamp() * 1000) + after
    lines = [
        {"logStreamName": stream, "timestamp": at, "message": m, "eventId": str(n)} for n, m in enumerate(messages)
    ]
    return {"events": lines}


def run(*lines: str, request: str = REQUEST, complete: bool = True) -> tuple[str, ...]:
    end = (f"END RequestId: {request}", f"REPORT RequestId: {request}\tDuration: 1 ms") if complete else ()
    return (f"START RequestId: {request} Version: $LATEST", *lines, *end)


def _numbered(parsed: dict[str, Any], **_: object) -> None:
    parsed["ResponseMetadata"]["RequestId"] = REQUEST


class Lab:
    """An account in which each answer is set by hand."""

    def __init__(self, **table: Any) -> None:
        given = {
            "lambda:GetFunctionConfiguration": configuration(),
            "iam:GetRole": tagged("invoke"),
            "ssm:GetParameter": {"Parameter": {"Name": "x", "Value": '{"dry": true}', "Type": "String"}},
            "lambda:Invoke": answer({"ok": True}),
            "logs:FilterLogEvents": events(*run()),
        }
        self.answers = Answers({**given, **{name.replace("_", ":"): reply for name, reply in table.items()}})
        allowed = Policy(Layer.IDENTITY, "inline/reads", READS, ROLE)
        self.evidence = replace(cases.evidence, policies=(Policy(Layer.TRUST, "trust", TRUST, ROLE), allowed))

    def trial(self, incident: Incident = INCIDENT, settings: Settings = SETTINGS) -> Trial:
        reader = FakeReader(lambda: self.evidence)
        clients = self.answers.clients()
        clients.hooks["after-call.lambda.Invoke"] = _numbered
        invoker = LambdaInvoker(clients, settings, reader, FakeClock(), "/iam-watchdog/verify/")
        return invoker.trial(incident, NOON)

    @property
    def invoked(self) -> list[dict[str, Any]]:
        return self.answers.named("lambda:Invoke")


# ---------------------------------------------------------------- when it is not run


@pytest.mark.parametrize("how", [None, "simulate", "anything", "INVOKE"])
def test_a_function_is_not_run_unless_its_role_says_so(how: str | None) -> None:
    lab = Lab(iam_GetRole=tagged(how))
    trial = lab.trial()
    assert (trial.ok, trial.how, lab.invoked) == (True, "simulate", [])


def test_a_function_is_not_run_unless_it_is_listed_at_deployment_too() -> None:
    lab = Lab()
    trial = lab.trial(settings=replace(SETTINGS, verify_functions=("shop2",)))
    assert (trial.how, lab.invoked) == ("simulate", [])


def test_without_a_safe_event_it_is_not_run_and_the_parameter_is_named() -> None:
    lab = Lab(ssm_GetParameter=Refusal("ParameterNotFound", "no such parameter", 400))
    trial = lab.trial()
    assert (trial.how, trial.ok, lab.invoked) == ("simulate", True, [])
    assert "/iam-watchdog/verify/shop" in trial.detail


def test_a_safe_event_that_is_no_json_is_not_sent() -> None:
    lab = Lab(ssm_GetParameter={"Parameter": {"Name": "x", "Value": "AQICAHh…", "Type": "SecureString"}})
    trial = lab.trial()
    assert (trial.ok, trial.clear, lab.invoked) == (False, False, [])
    assert "no JSON" in trial.detail


@pytest.mark.parametrize(
    "differs",
    [{"State": "Pending"}, {"State": "Failed", "StateReason": "no ENI"}, {"LastUpdateStatus": "InProgress"}],
)
def test_a_function_that_is_not_ready_is_not_clear_yet(differs: dict[str, str]) -> None:
    lab = Lab(lambda_GetFunctionConfiguration=configuration(**differs))
    trial = lab.trial()
    assert (trial.ok, trial.clear, trial.same_denial, lab.invoked) == (False, False, False, [])


def test_a_function_that_may_run_for_long_is_watched_instead() -> None:
    lab = Lab(lambda_GetFunctionConfiguration=configuration(Timeout=900))
    assert (lab.trial().how, lab.invoked) == ("observe", [])


def test_a_function_is_not_run_to_learn_who_else_may_start_it() -> None:
    lab = Lab()
    started = replace(cases.invoked, source_arn=f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/daily")
    assert lab.trial(replace(INCIDENT, denial=started)).how == "simulate"
    assert lab.invoked == []


def test_what_cannot_be_read_is_not_tried() -> None:
    trial = Lab(iam_GetRole=Refusal()).trial()
    assert (trial.ok, trial.clear) == (False, False)
    assert "AccessDenied" in trial.detail


# ---------------------------------------------------------------- invoke


def test_it_is_run_once_with_the_safe_event_and_says_that_it_is_a_trial() -> None:
    lab = Lab()
    trial = lab.trial()
    assert (trial.ok, trial.how, trial.clear) == (True, "invoke", True)
    (asked,) = lab.invoked
    assert (asked["InvocationType"], asked["LogType"]) == ("RequestResponse", "Tail")
    assert json.loads(asked["Payload"]) == {"dry": True}
    assert json.loads(base64.b64decode(asked["ClientContext"])) == {"custom": {"iam-watchdog": "verify"}}
    assert "Qualifier" not in asked


def test_the_version_that_failed_is_run() -> None:
    lab = Lab()
    lab.trial(replace(INCIDENT, denial=replace(cases.denial, qualifier="7")))
    assert [a["Qualifier"] for a in (*lab.answers.named("lambda:GetFunctionConfiguration"), *lab.invoked)] == ["7", "7"]


def test_the_sdk_makes_one_attempt() -> None:
    lab = Lab(lambda_Invoke=Refusal("TooManyRequestsException", "Rate Exceeded", 429))
    clients = lab.answers.clients()
    assert clients.get("lambda", attempts=1).meta.config.retries["total_max_attempts"] == 1
    trial = lab.trial()
    assert (len(lab.invoked), trial.ok, trial.clear) == (1, False, False)


def test_the_same_denial_is_recognised_in_the_error_and_in_the_log() -> None:
    thrown = answer({"errorMessage": SAME, "errorType": "ClientError"}, error="Unhandled")
    swallowed = events(*run(f"could not read: {SAME}"))
    for lab in (Lab(lambda_Invoke=thrown), Lab(logs_FilterLogEvents=swallowed), Lab(lambda_Invoke=answer(tail=SAME))):
        trial = lab.trial()
        assert (trial.ok, trial.same_denial, trial.other_denial) == (False, True, None)


def test_a_different_denial_is_another_incident() -> None:
    trial = Lab(lambda_Invoke=answer({"errorMessage": OTHER, "errorType": "ClientError"}, error="Unhandled")).trial()
    assert (trial.ok, trial.same_denial) == (False, False)
    assert trial.other_denial
    assert (trial.other_denial.action, trial.other_denial.function) == ("kms:Decrypt", "shop")
    assert trial.other_denial.event_id, "told twice it is one occurrence"


def test_a_failure_of_another_kind_is_not_clear() -> None:
    trial = Lab(
        lambda_Invoke=answer({"errorMessage": "KeyError: 'id'", "errorType": "KeyError"}, error="Unhandled")
    ).trial()
    assert (trial.ok, trial.clear, trial.same_denial, trial.other_denial) == (False, False, False, None)


def test_a_denial_of_another_run_in_the_same_log_is_not_this_ones() -> None:
    other = "99999999-2222-3333-4444-555555555555"
    lab = Lab(logs_FilterLogEvents=events(*run(SAME, request=other), *run("fine")))
    assert lab.trial().ok


def test_a_long_tail_without_its_log_is_not_taken_for_success() -> None:
    lab = Lab(lambda_Invoke=answer(tail="x" * 4000), logs_FilterLogEvents=events(*run(complete=False)))
    trial = lab.trial()
    assert (trial.ok, trial.clear) == (False, False)
    assert Lab(lambda_Invoke=answer(tail="x" * 4000)).trial().ok


@pytest.mark.parametrize("action", ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])
def test_a_mute_function_has_to_speak(action: str) -> None:
    mute = replace(INCIDENT, denial=replace(cases.denial, action=action, resource=cases.GROUP, scope=cases.GROUP))
    for silent in (events(), Refusal("ResourceNotFoundException", "no group", 400)):
        trial = Lab(logs_FilterLogEvents=silent).trial(mute)
        assert (trial.ok, trial.same_denial) == (False, True)
    assert Lab(logs_FilterLogEvents=events("a line, whatever it says", after=1)).trial(mute).ok
    counted = Lab(logs_FilterLogEvents=events("a line of the run that was counted")).trial(mute)
    assert (counted.ok, counted.same_denial) == (False, True)
    assert Lab(logs_FilterLogEvents=events()).trial().ok, "another denial has nothing to do with the log"


def test_lambdas_own_refusal_to_start_it_is_the_same_denial() -> None:
    message = "The role defined for the function cannot be assumed by Lambda. (Service: Lambda)"
    refused = Refusal("AccessDeniedException", message, 403)
    denial = replace(cases.denial, kind=Kind.LAMBDA_ASSUME_ROLE, action="sts:AssumeRole", resource=ROLE, scope=ROLE)
    trial = Lab(lambda_Invoke=refused).trial(replace(INCIDENT, denial=denial))
    assert (trial.ok, trial.same_denial) == (False, True)


def test_that_we_may_not_run_it_is_not_the_functions_denial() -> None:
    me = f"arn:aws:sts::{ACCOUNT}:assumed-role/iam-watchdog-verify-eu-west-1/iam-watchdog-verify"
    message = refusal(me, "lambda:InvokeFunction", cases.FUNCTION)
    own = replace(SETTINGS, own_roles=(f"arn:aws:iam::{ACCOUNT}:role/iam-watchdog-verify-eu-west-1",))
    trial = Lab(lambda_Invoke=Refusal("AccessDeniedException", message, 403)).trial(settings=own)
    assert (trial.ok, trial.clear, trial.same_denial, trial.other_denial) == (False, False, False, None)


# ---------------------------------------------------------------- observe


def observed(*lines: str) -> Trial:
    return Lab(iam_GetRole=tagged("observe"), logs_FilterLogEvents=events(*lines)).trial()


def test_a_function_that_has_not_run_since_has_shown_nothing() -> None:
    for lines in ((), run(complete=False), ("a line of no run",)):
        trial = observed(*lines)
        assert (trial.ok, trial.clear, trial.how) == (False, False, "observe")
    gone = Lab(
        iam_GetRole=tagged("observe"), logs_FilterLogEvents=Refusal("ResourceNotFoundException", "no group", 400)
    )
    assert not gone.trial().clear


def test_a_natural_run_without_a_denial_is_a_success() -> None:
    assert observed(*run("fine")).ok


def test_a_natural_run_is_weighed_like_any_other() -> None:
    assert observed(*run(SAME)).same_denial
    assert observed(*run(OTHER)).other_denial
    assert not observed(*run("[ERROR] KeyError: 'id'")).clear
    assert observed(*run("[ERROR] KeyError: 'id'"), *run("fine", request=REQUEST.replace("1", "2"))).ok


def test_json_logs_are_cut_into_runs_too() -> None:
    start = json.dumps({"type": "platform.start", "record": {"requestId": REQUEST}})
    end = json.dumps({"type": "platform.report", "record": {"requestId": REQUEST, "status": "success"}})
    failed = json.dumps({"type": "platform.report", "record": {"requestId": REQUEST, "status": "error"}})
    assert observed(start, '{"message": "fine"}', end).ok
    assert not observed(start, '{"message": "fine"}', failed).ok


# ---------------------------------------------------------------- simulate


def test_evaluation_says_that_it_works_and_never_that_it_was_refused_again() -> None:
    lab = Lab(iam_GetRole=tagged("simulate"))
    assert lab.trial().ok
    lab.evidence = replace(lab.evidence, policies=lab.evidence.policies[:1])
    trial = lab.trial()
    assert (trial.ok, trial.clear, trial.same_denial) == (False, False, False)


def test_a_denial_of_no_known_function_is_evaluated() -> None:
    lab = Lab()
    trial = lab.trial(replace(INCIDENT, denial=replace(cases.denial, function="")))
    assert (trial.how, lab.answers.asked) == ("simulate", [])
