"""Shows whether a function works now: by running it with a safe event, by watching it run, or by evaluation alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from iam_watchdog.asking import verdicts, worst
from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.reinvoke import not_ready, reinvoke, safe_event, voiced
from iam_watchdog.aws.runs import group_of, runs_since
from iam_watchdog.hearing import heard, judged
from iam_watchdog.model import Answer, Incident, Kind, Trial
from iam_watchdog.ports import CannotRead, Clock, Reader, Settings
from iam_watchdog.remedy.arns import role_name

ACTIONS = ("iam:GetRole", "lambda:GetFunctionConfiguration")
TAG = "iam-watchdog-verify"
LONGEST_RUN = 90
"""Seconds; a function that may run longer than this is watched instead of run."""


class LambdaInvoker:
    """ports.Invoker; what is not listed at deployment and tagged on the role is only evaluated."""

    def __init__(self, clients: Clients, settings: Settings, reader: Reader, clock: Clock, events: str) -> None:
        self.clients = clients
        self.settings = settings
        self.reader = reader
        self.clock = clock
        self.events = events.rstrip("/")

    def trial(self, incident: Incident, since: datetime) -> Trial:
        """Re-invoke, observe or simulate, as the role's tag and the deployment say; one SDK attempt, no retry."""
        try:
            function = self._function(incident)
            how = self._how(incident, function)
            if how == "invoke":
                return self._invoke(incident, function, since)
            if how == "observe":
                return self._observe(incident, function, since)
        except CannotRead as no:
            return Trial(False, "simulate", f"not tried: {no}", clear=False)
        return self._simulate(incident)

    # ------------------------------------------------------------ which way

    def _function(self, incident: Incident) -> dict[str, Any]:
        name, qualifier = incident.denial.function, incident.denial.qualifier
        given: dict[str, Any] = {} if qualifier in ("", "$LATEST") else {"Qualifier": qualifier}
        return self.clients.read("lambda", "get_function_configuration", FunctionName=name, **given) if name else {}

    def _how(self, incident: Incident, function: dict[str, Any]) -> str:
        """The role's tag, where a stranger to the role cannot write it; running needs the deployment's word as well."""
        if not function or incident.denial.kind is Kind.INVOKE_PERMISSION:
            return "simulate"  # That the function runs when we call it says nothing of who else may.
        role = self.clients.read("iam", "get_role", RoleName=role_name(str(function["Role"])))["Role"]
        tags = {tag["Key"]: tag["Value"] for tag in role.get("Tags", ())}
        wanted = tags.get(TAG, "simulate")
        if wanted == "invoke" and incident.denial.function not in self.settings.verify_functions:
            return "simulate"
        if wanted == "invoke" and int(function.get("Timeout", 3)) > LONGEST_RUN:
            return "observe"
        return wanted if wanted in ("invoke", "observe") else "simulate"

    # ------------------------------------------------------------ three ways

    def _invoke(self, incident: Incident, function: dict[str, Any], since: datetime) -> Trial:
        if why := not_ready(function):
            return Trial(False, "invoke", why, clear=False)
        name = f"{self.events}/{incident.denial.function}"
        if event := safe_event(name, self.clients):
            trial = reinvoke(incident, function, event, self.settings, self.clients, self.clock.now())
            return voiced(trial, incident, function, since, self.clients)
        told = self._simulate(incident)
        return replace(told, detail=f"{told.detail}; not run, for there is no safe event at {name}")

    def _observe(self, incident: Incident, function: dict[str, Any], since: datetime) -> Trial:
        found = [run for run in runs_since(group_of(function), since, self.clients) if run.complete]
        if not found:
            return Trial(False, "observe", "it has not run since", clear=False)
        told = heard([line for run in found for line in run.lines], incident, self.settings)
        if told.same or told.other:
            return judged("observe", f"{len(found)} runs since tell of a denial", told)
        if all(run.failed for run in found):
            return Trial(False, "observe", f"{len(found)} runs since failed for another reason", clear=False)
        return Trial(True, "observe", f"{len(found)} runs since, none denied")

    def _simulate(self, incident: Incident) -> Trial:
        """Evaluation is no run: it can say that it works, and never that the function was refused again."""
        answer = worst(verdicts(incident, self.reader))
        if answer is Answer.ALLOWED:
            return Trial(True, "simulate", "the policies that can be read allow it now")
        return Trial(False, "simulate", f"what can be read says {answer}", clear=False)
