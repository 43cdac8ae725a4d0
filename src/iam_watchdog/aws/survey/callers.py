"""Sources that call under a role of their own: that role's policies decide, and no policy of the function is needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.survey.found import Found, few, lambda_arn, pages, under

ACTIONS = (
    "codepipeline:GetPipeline",
    "codepipeline:ListPipelines",
    "pipes:DescribePipe",
    "pipes:ListPipes",
    "scheduler:GetSchedule",
    "scheduler:ListSchedules",
    "states:DescribeStateMachine",
    "states:ListStateMachines",
)
NAME = re.compile(r"[\w-]{1,64}(:[\w$-]+)?\Z")
"""A function by its name alone, with or without a qualifier."""


def schedules(clients: Clients, account: str) -> Found:
    """EventBridge Scheduler: the role of the schedule."""
    client = clients.get("scheduler")
    listed = pages(client.list_schedules, "Schedules", "NextToken")
    ours = (r for r in listed if r.get("State") != "DISABLED" and lambda_arn(r.get("Target", {}).get("Arn", "")))
    for row in few(ours, "Scheduler schedules"):
        whole = client.get_schedule(Name=row["Name"], GroupName=row.get("GroupName", "default"))
        yield from under(whole["Target"]["RoleArn"], whole["Target"]["Arn"], whole["Arn"])


def state_machines(clients: Clients, account: str) -> Found:
    """Step Functions: the role of the state machine."""
    client = clients.get("stepfunctions")
    for row in few(pages(client.list_state_machines, "stateMachines", "nextToken"), "Step Functions state machines"):
        whole = client.describe_state_machine(stateMachineArn=row["stateMachineArn"])
        for target in dict.fromkeys(_tasks(json.loads(whole["definition"]))):
            yield from under(whole["roleArn"], _beside(row["stateMachineArn"], target), row["stateMachineArn"])


def _tasks(state: Any) -> Iterator[str]:
    """Every function that a definition names outright, however deep; a name computed at run time is not known here."""
    if isinstance(state, dict):
        for name, value in state.items():
            if name in ("Resource", "FunctionName") and isinstance(value, str):
                yield value
            else:
                yield from _tasks(value)
    elif isinstance(state, list):
        for value in state:
            yield from _tasks(value)


def _beside(source: str, target: str, region: str = "") -> str:
    """The ARN of a function that may be named alone: it is in its source's account, and mostly in its Region."""
    _, partition, _, near, account, *_ = source.split(":")
    return f"arn:{partition}:lambda:{region or near}:{account}:function:{target}" if NAME.match(target) else target


def pipes(clients: Clients, account: str) -> Found:
    """EventBridge Pipes: the pipe's role calls its target, and what enriches the events on their way.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html
    """
    client = clients.get("pipes")
    listed = pages(client.list_pipes, "Pipes", "NextToken")
    ours = (row for row in listed if row.get("DesiredState") != "STOPPED" and any(map(lambda_arn, _called(row))))
    for row in few(ours, "EventBridge pipes"):
        whole = client.describe_pipe(Name=row["Name"])
        for target in dict.fromkeys(_called(whole)):
            yield from under(whole["RoleArn"], target, whole["Arn"])


def _called(pipe: dict[str, Any]) -> tuple[str, ...]:
    return pipe.get("Enrichment") or "", pipe.get("Target") or ""


def pipelines(clients: Clients, account: str) -> Found:
    """CodePipeline: the role of the action, if it has one of its own, else the pipeline's.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html
    """
    client = clients.get("codepipeline")
    for row in few(pages(client.list_pipelines, "pipelines", "nextToken"), "CodePipeline pipelines"):
        found = client.get_pipeline(name=row["name"])
        whole, arn = found["pipeline"], found["metadata"]["pipelineArn"]
        for action in (action for stage in whole["stages"] for action in stage["actions"]):
            kind = action["actionTypeId"]
            if (kind["category"], kind["provider"]) == ("Invoke", "Lambda"):
                role, named = action.get("roleArn") or whole["roleArn"], action["configuration"]["FunctionName"]
                # A role of another account calls a function of that account.
                home = ":".join((*arn.split(":")[:4], role.split(":")[4], ""))
                yield from under(role, _beside(home, named, action.get("region", "")), arn)
