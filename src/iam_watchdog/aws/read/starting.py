"""Which functions a trigger's own description names, for its policy to admit: for sweep and diagnosis alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

ACTIONS: tuple[str, ...] = ()
UNTOLD = "?"
"""Stands for what is called, but named only when it runs, or not read to its end: the function may be meant or not."""
type Whole = Mapping[str, Any]
"""What a service tells of one trigger."""


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
