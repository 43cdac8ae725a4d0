"""Which functions a trigger's own description names, and under which role: the sweep and a diagnosis read it alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

ACTIONS: tuple[str, ...] = ()
NAME = re.compile(r"[\w-]{1,64}(:[\w$-]+)?\Z")
"""A function by its name alone, with or without a qualifier."""
UNTOLD = "?"
"""Stands for what is called, but named only when it runs, or not read to its end: the function may be meant or not."""
type Whole = Mapping[str, Any]
"""What a service tells of one trigger."""
type Calls = Iterator[tuple[str, str]]
"""(function as it is named, ARN of the role under which it is called)."""


# ---------------------------------------------------------------- admitted by the function's own policy


def by_pool(config: Whole) -> Iterator[str]:
    """A user pool's triggers, whatever their names: an ARN, or one beside the version of what is sent to it."""
    for value in config.values():
        yield value.get("LambdaArn", "") if isinstance(value, dict) else str(value)


def by_topic_rule(rule: Whole) -> Iterator[str]:
    """The actions of an IoT rule, and what it calls when one of them fails; a rule that is off calls nobody."""
    if not rule.get("ruleDisabled"):
        for action in (*rule.get("actions", ()), rule.get("errorAction") or {}):
            if "lambda" in action:
                yield action["lambda"]["functionArn"]


def by_config_rule(rule: Whole) -> Iterator[str]:
    """AWS Config's custom rules; its own ones are named by words."""
    if rule["Source"].get("Owner") == "CUSTOM_LAMBDA" and rule.get("ConfigRuleState") != "DELETING":
        yield rule["Source"].get("SourceIdentifier", "")


def by_secret(secret: Whole) -> Iterator[str]:
    """What rotates a secret, as long as it is rotated."""
    if secret.get("RotationEnabled") and not secret.get("DeletedDate"):
        yield secret.get("RotationLambdaARN", "")


def by_alias(alias: Whole) -> Iterator[str]:
    """The code hooks of a Lex bot's alias, one for each language that is in use."""
    for locale in alias.get("botAliasLocaleSettings", {}).values():
        hook = (locale.get("codeHookSpecification") or {}).get("lambdaCodeHook") or {}
        if locale.get("enabled"):
            yield str(hook.get("lambdaARN", ""))


def by_authorizer(authorizer: Whole) -> Iterator[str]:
    """AWS IoT's custom authorizers; one that is not active decides nothing."""
    if authorizer.get("status") != "INACTIVE":
        yield authorizer.get("authorizerFunctionArn", "")


def by_action_group(group: Whole) -> Iterator[str]:
    """An action group of a Bedrock agent; some leave the call to who asks the agent."""
    if group.get("actionGroupState") != "DISABLED":
        yield (group.get("actionGroupExecutor") or {}).get("lambda", "")


def by_receipt_rule(rule: Whole) -> Iterator[str]:
    """The actions of a rule for incoming mail."""
    if rule.get("Enabled"):
        yield from (
            action["LambdaAction"]["FunctionArn"] for action in rule.get("Actions", ()) if "LambdaAction" in action
        )


def by_distribution(distribution: Whole) -> Iterator[str]:
    """Versions of functions that a CloudFront distribution runs, for whatever paths; one that is off runs none."""
    behaviors = (distribution.get("DefaultCacheBehavior"), *(distribution.get("CacheBehaviors") or {}).get("Items", ()))
    for behavior in behaviors if distribution.get("Enabled") else ():
        for one in ((behavior or {}).get("LambdaFunctionAssociations") or {}).get("Items", ()):
            yield one["LambdaFunctionARN"]


def function_of(uri: str) -> str:
    """The function in an API's URI for it (as others name it: the ARN itself); a stage's variable is not known here.

    arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<function ARN>/invocations
    """
    named = uri.split("/functions/", 1)[-1].removesuffix("/invocations") if ":lambda:path/" in uri else uri
    return UNTOLD if "${" in named else named


# ---------------------------------------------------------------- called under a role of the trigger's own


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
