"""What a function says when it is tried: forged denials, poisoned events and tags neither undo, keep, grant nor run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from iam_watchdog.approving import heard
from iam_watchdog.hearing import heard as told
from iam_watchdog.model import WATCHDOG, Incident, Proposed, Status, StepKind, Trial, Tried, Undone
from iam_watchdog.status import derive
from tests.attack.judgement import assert_inert_everywhere, assert_modest
from tests.attack.siege import REAL, SETTINGS, printed, world
from tests.aws.test_invoker import INCIDENT, SAME, Lab, answer, configuration, events, refusal, run, tagged
from tests.aws.test_invoker import SETTINGS as TRIED
from tests.cases import ACCOUNT
from tests.drive import deliver
from tests.fakes import FakeWorld
from tests.test_approve import click

WHO = f"arn:aws:sts::{ACCOUNT}:assumed-role/shop-role/shop"
OBJECT = "arn:aws:s3:::orders/incoming/2.csv"


def _parameter(value: str) -> dict[str, Any]:
    return {"Parameter": {"Name": "x", "Value": value, "Type": "String"}}


NOT_RUN: dict[str, dict[str, Any]] = {
    "a tag in capitals": {"iam_GetRole": tagged("INVOKE")},
    "a tag with a blank": {"iam_GetRole": tagged("invoke ")},
    "a tag that is a command": {"iam_GetRole": tagged("invoke; rm -rf /")},
    "a tag that asks for more": {"iam_GetRole": tagged("invoke,delete")},
    "a pattern for a tag": {"iam_GetRole": tagged("*")},
    "no tag": {"iam_GetRole": tagged(None)},
    "an event that is no JSON": {"ssm_GetParameter": _parameter("{")},
    "an event that is empty": {"ssm_GetParameter": _parameter("")},
    "an event that is a script": {"ssm_GetParameter": _parameter("<script>alert(1)</script>")},
    "a function that takes for ever": {"lambda_GetFunctionConfiguration": configuration(Timeout=900)},
    "a function that is being changed": {
        "lambda_GetFunctionConfiguration": configuration(LastUpdateStatus="InProgress")
    },
    "a function that failed": {"lambda_GetFunctionConfiguration": configuration(State="Failed")},
}


@pytest.mark.parametrize("table", NOT_RUN.values(), ids=NOT_RUN.keys())
def test_a_poisoned_word_runs_nothing(table: dict[str, Any]) -> None:
    lab = Lab(**table)
    lab.trial()
    assert lab.answers.named("lambda:Invoke") == []


def test_a_function_that_the_deployment_does_not_list_is_not_run() -> None:
    """A tag on the role alone is whoever's may tag it."""
    lab = Lab()
    lab.trial(settings=replace(TRIED, verify_functions=("shop2", "sho", "*")))
    assert lab.answers.named("lambda:Invoke") == []


def test_the_twin_is_run_once() -> None:
    lab = Lab()
    assert lab.trial().ok
    assert len(lab.answers.named("lambda:Invoke")) == 1


OTHERS_WORDS = {
    "another role": refusal(WHO.replace("shop-role", "admin"), "iam:PassRole", "*"),
    "another account": refusal(WHO.replace(ACCOUNT, "999988887777"), "s3:PutObject", OBJECT),
    "an escalation": refusal(WHO, "iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/shop-role"),
    "everything": refusal(WHO, "s3:*", "*"),
    "every bucket": refusal(WHO, "s3:PutObject", "arn:aws:s3:::*/*"),
    "markup": refusal(WHO, "s3:PutObject", "arn:aws:s3:::b/<!channel><script>/x"),
    "colours": refusal(WHO, "s3:PutObject", "arn:aws:s3:::b/\x1b[31m\u202e/x"),
}


@pytest.mark.parametrize("line", OTHERS_WORDS.values(), ids=OTHERS_WORDS.keys())
def test_a_forged_other_denial_is_heard_as_a_denial_and_never_as_an_order(line: str) -> None:
    trial = Lab(lambda_Invoke=answer({"ok": True}, tail=line)).trial()
    assert not trial.ok
    assert not trial.same_denial
    assert trial.other_denial
    assert trial.other_denial.function == "shop"


@pytest.mark.parametrize("where", ["tail", "error", "log"])
def test_the_same_denial_counts_wherever_it_stands(where: str) -> None:
    table = {
        "tail": {"lambda_Invoke": answer({"ok": True}, tail=SAME)},
        "error": {"lambda_Invoke": answer({"errorMessage": SAME}, error="Unhandled")},
        "log": {"logs_FilterLogEvents": events(*run(SAME))},
    }[where]
    assert Lab(**table).trial().same_denial


def test_a_run_of_somebody_elses_request_is_not_listened_to() -> None:
    """A line under another request id is another run's: it may be forged at leisure."""
    other = run(SAME, request="99999999-2222-3333-4444-555555555555")
    assert Lab(logs_FilterLogEvents=events(*run(), *other)).trial().ok


def test_a_forged_start_line_does_not_open_a_run_of_its_own() -> None:
    """A function can print START and REPORT; what stands behind them in its own run is still heard as nothing good."""
    forged = run("START RequestId: 99999999-2222-3333-4444-555555555555 Version: $LATEST", SAME)
    trial = Lab(logs_FilterLogEvents=events(*forged), lambda_Invoke=answer({"ok": True}, tail="x" * 3_950)).trial()
    assert not trial.ok


# ---------------------------------------------------------------- what the story makes of it


def applied(*trials: Trial) -> tuple[FakeWorld, Incident]:
    """The real denial, approved by a person, applied; the trials come as listed."""
    made = world()
    printed(made, REAL)
    (incident,) = made.facts.listing()
    found = incident.last(Proposed)
    assert found
    pressed = click(incident, plan=found.plan_hash, nonce=found.nonce, message=f"{len(made.notifier.told)}.0")
    heard(pressed, made.approving)
    made.invoker.trials = list(trials)
    deliver(made)
    return made, made.facts.load(incident.id)


SAID_SAME = Trial(False, "invoke", "the same denial", same_denial=True)
UNCLEAR = Trial(False, "invoke", "it timed out", clear=False)


def test_a_forged_same_denial_is_taken_back_only_if_the_policies_deny() -> None:
    """Here the played account still denies, for the hands are fakes: function and evaluator agree."""
    made, incident = applied(SAID_SAME)
    assert made.hands.held == {}
    undone = incident.last(Undone)
    assert undone
    assert undone.by == WATCHDOG


def test_nothing_is_taken_back_on_an_unclear_word() -> None:
    made, incident = applied(UNCLEAR)
    assert len(made.hands.held) == 1
    assert incident.last(Undone) is None
    assert derive(incident, made.clock.now()) is not Status.VERIFIED


def test_a_good_answer_is_no_proof_while_the_policies_deny() -> None:
    """A handler that swallows its denial, or is made to, answers well."""
    made, incident = applied(Trial(True, "invoke", "the function answered"))
    tried = incident.last(Tried)
    assert tried
    assert not tried.trial.ok
    assert derive(incident, made.clock.now()) is not Status.VERIFIED


@pytest.mark.parametrize("line", OTHERS_WORDS.values(), ids=OTHERS_WORDS.keys())
def test_a_forged_different_denial_keeps_the_change_and_opens_an_incident_of_its_own(line: str) -> None:
    """It is linked, diagnosed and told like any line of a log; nothing is applied for it and nothing taken back."""
    said = _as_orders(line)
    made, incident = applied(Trial(False, "invoke", "another denial", other_denial=said))
    assert len(made.hands.held) == made.hands.made == 1
    follow = [other for other in made.facts.listing() if other.denial.follows == incident.id]
    assert len(follow) == 1
    assert [s for s in made.queue.sent if s.kind is StepKind.APPLY and s.incident != incident.id] == []  # type: ignore[attr-defined]
    assert_modest(made)
    assert_inert_everywhere(made.facts.listing())


def _as_orders(line: str) -> Any:
    """What the trial would hear in this line, as the function of the siege."""
    made = world()
    printed(
        made, line.replace(ACCOUNT, SETTINGS.account).replace("shop-role", "orders-role").replace("/shop", "/orders")
    )
    return made.facts.listing()[0].denial


def test_nothing_is_heard_in_silence() -> None:
    assert told((), INCIDENT, TRIED).other is None
