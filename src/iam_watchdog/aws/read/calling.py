"""Which functions a trigger calls under a role of its own, by its description: for sweep and diagnosis alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from iam_watchdog.aws.read.starting import UNTOLD, Whole

ACTIONS: tuple[str, ...] = ()
NAME = re.compile(r"[\w-]{1,64}(:[\w$-]+)?\Z")
"""A function by its name alone, with or without a qualifier."""
type Calls = Iterator[tuple[str, str]]
"""(function as it is named, ARN of the role under which it is called)."""


def by_schedule(schedule: Whole) -> Calls:
    """The one target of a schedule."""
    if schedule.get("State") != "DISABLED":
        yield schedule["Target"]["Arn"], schedule["Target"]["RoleArn"]


def by_machine(machine: Whole) -> Calls:
    """Every function that a definition names outright, however deep; a name computed at run time is not known here."""
    for target in _tasks(json.loads(machine["definition"])):
        yield beside(machine["stateMachineArn"], target), machine["roleArn"]


def _tasks(state: Any) -> Iterator[str]:
    """https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html (`.$` and `{%`: at run time)."""
    if isinstance(state, dict):
        for name, value in state.items():
            if name in ("Resource", "FunctionName") and isinstance(value, str):
                yield UNTOLD if value.startswith("{%") else value
            elif name == "FunctionName.$":
                yield UNTOLD
            else:
                yield from _tasks(value)
    elif isinstance(state, list):
        for value in state:
            yield from _tasks(value)


def by_pipe(pipe: Whole) -> Calls:
    """A pipe's target, what enriches the events on their way, and what it reads; one that stands still calls nobody."""
    if pipe.get("DesiredState") != "STOPPED":
        for target in (*named_by_pipe(pipe), pipe.get("Source") or ""):
            yield target, pipe["RoleArn"]


def named_by_pipe(pipe: Whole) -> tuple[str, str]:
    """What a pipe's row in the listing tells already."""
    return pipe.get("Enrichment") or "", pipe.get("Target") or ""


def by_pipeline(found: Whole) -> Calls:
    """The Lambda actions of a pipeline: under the role of the action, if it has one of its own, else the pipeline's."""
    whole, arn = found["pipeline"], found["metadata"]["pipelineArn"]
    for action in (action for stage in whole["stages"] for action in stage["actions"]):
        kind = action["actionTypeId"]
        if (kind["category"], kind["provider"]) == ("Invoke", "Lambda"):
            role = action.get("roleArn") or whole["roleArn"]
            # A role of another account calls a function of that account.
            home = ":".join((*arn.split(":")[:4], role.split(":")[4], ""))
            yield beside(home, action["configuration"]["FunctionName"], action.get("region", "")), role


def by_delivery(stream: Whole) -> Calls:
    """What transforms the records of a Firehose stream, under the processor's role, else the destination's."""
    for destination in (d for whole in stream.get("Destinations", ()) for d in whole.values() if isinstance(d, dict)):
        processing = destination.get("ProcessingConfiguration") or {}
        for processor in processing.get("Processors", ()) if processing.get("Enabled") else ():
            given = {p["ParameterName"]: p["ParameterValue"] for p in processor.get("Parameters", ())}
            backup = destination.get("S3DestinationDescription") or {}
            role = given.get("RoleArn") or destination.get("RoleARN") or backup.get("RoleARN", "")
            if processor["Type"] == "Lambda" and role:
                yield given.get("LambdaArn", ""), role


def by_data_source(source: Whole) -> Calls:
    """A data source of an AppSync API."""
    if source.get("type") == "AWS_LAMBDA" and source.get("serviceRoleArn"):
        yield (source.get("lambdaConfig") or {}).get("lambdaFunctionArn", ""), source["serviceRoleArn"]


def beside(source: str, target: str, region: str = "") -> str:
    """The ARN of a function that may be named alone: it is in its source's account, and mostly in its Region."""
    _, partition, _, near, account, *_ = source.split(":")
    return f"arn:{partition}:lambda:{region or near}:{account}:function:{target}" if NAME.match(target) else target
