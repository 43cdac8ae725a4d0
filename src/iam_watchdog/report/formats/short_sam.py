"""The short forms that people like to write in SAM, each with what it allows beyond the proven grant.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from iam_watchdog.model import AddInvokePermission, AddRoleStatements, Allow, AttachManagedPolicy, Fix, Words
from iam_watchdog.report.formats import sam_events
from iam_watchdog.report.formats.writing import yaml_text


@dataclass(frozen=True, slots=True)
class ShortSam:
    """`Policies` or `Events` in SAM's short form; surplus: each line an access that the proven grant does not hold."""

    text: str
    surplus: Words


@dataclass(frozen=True, slots=True)
class Template:
    """A SAM policy template: its one parameter, the service and type prefix of its resource, and its actions."""

    parameter: str
    resource: str
    """The ARN's relative part, with {} for the parameter; "{arn}" when the parameter is the whole ARN."""
    actions: Words
    also: Words = ()
    """Resources besides the named one, as words."""


_BUCKET = ("the bucket and every object in it",)
TEMPLATES: Mapping[str, Template] = {
    "S3ReadPolicy": Template(
        "BucketName",
        "s3:{}",
        (
            "s3:GetObject",
            "s3:ListBucket",
            "s3:GetBucketLocation",
            "s3:GetObjectVersion",
            "s3:GetLifecycleConfiguration",
        ),
        _BUCKET,
    ),
    "S3WritePolicy": Template(
        "BucketName", "s3:{}", ("s3:PutObject", "s3:PutObjectAcl", "s3:PutLifecycleConfiguration"), _BUCKET
    ),
    "KMSDecryptPolicy": Template("KeyId", "kms:key/{}", ("kms:Decrypt",)),
    "KMSEncryptPolicy": Template("KeyId", "kms:key/{}", ("kms:Encrypt",)),
    "DynamoDBReadPolicy": Template(
        "TableName",
        "dynamodb:table/{}",
        ("dynamodb:GetItem", "dynamodb:Scan", "dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:DescribeTable"),
        ("every index of the table",),
    ),
    "DynamoDBWritePolicy": Template(
        "TableName",
        "dynamodb:table/{}",
        ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"),
        ("every index of the table",),
    ),
    "SQSSendMessagePolicy": Template("QueueName", "sqs:{}", ("sqs:SendMessage*",)),
    "SQSPollerPolicy": Template(
        "QueueName",
        "sqs:{}",
        (
            "sqs:ChangeMessageVisibility",
            "sqs:ChangeMessageVisibilityBatch",
            "sqs:DeleteMessage",
            "sqs:DeleteMessageBatch",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
        ),
    ),
    "SNSPublishMessagePolicy": Template("TopicName", "sns:{}", ("sns:Publish",)),
    "LambdaInvokePolicy": Template(
        "FunctionName", "lambda:function:{}", ("lambda:InvokeFunction",), ("every function whose name starts so",)
    ),
    "AWSSecretsManagerGetSecretValuePolicy": Template("SecretArn", "{arn}", ("secretsmanager:GetSecretValue",)),
    "SSMParameterReadPolicy": Template(
        "ParameterName",
        "ssm:parameter/{}",
        ("ssm:GetParameters", "ssm:GetParameter", "ssm:GetParametersByPath"),
        ("ssm:DescribeParameters on every parameter",),
    ),
    "EventBridgePutEventsPolicy": Template("EventBusName", "events:event-bus/{}", ("events:PutEvents",)),
    "StepFunctionsExecutionPolicy": Template("StateMachineName", "states:stateMachine:{}", ("states:StartExecution",)),
}


def short_sam(fix: Fix, region: str = "") -> ShortSam | None:
    """The short form of a grant, or None where SAM has none that covers all of it in the stack's Region."""
    if isinstance(fix, AddInvokePermission):
        found = sam_events.event(fix)
        return ShortSam(yaml_text(found[0]), found[1]) if found else None
    if isinstance(fix, AttachManagedPolicy):
        return _by_name(fix.policy_arn)
    if not isinstance(fix, AddRoleStatements):
        return None
    chosen = [_template_for(allow, region) for allow in fix.statements]
    if not chosen or None in chosen:
        return None
    named = [(name, value, allow) for found, allow in zip(chosen, fix.statements, strict=True) if found
             for name, value in (found,)]  # fmt: skip
    policies = list({(name, value): {name: {TEMPLATES[name].parameter: value}} for name, value, _ in named}.values())
    surplus = tuple(dict.fromkeys(line for name, value, allow in named for line in _surplus(name, allow)))
    return ShortSam(yaml_text({"Policies": policies}), surplus)


def _by_name(policy_arn: str) -> ShortSam | None:
    """SAM knows AWS's managed policies by name; an account's own it takes by ARN only, which is the long form.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
    """
    name = policy_arn.rsplit("/", 1)[-1]
    return ShortSam(yaml_text({"Policies": [name]}), ()) if ":iam::aws:policy/" in policy_arn else None


def _template_for(allow: Allow, region: str) -> tuple[str, str] | None:
    """The template with the fewest actions that covers the statement, and its parameter's value."""
    if len(allow.resources) != 1:
        return None
    fitting = sorted(
        (len(template.actions), name, value)
        for name, template in TEMPLATES.items()
        if _covers(template.actions, allow.actions) and (value := _parameter(template, allow.resources[0], region))
    )
    return (fitting[0][1], fitting[0][2]) if fitting else None


def _covers(have: Words, want: Words) -> bool:
    return all(any(w == h or (h.endswith("*") and w.startswith(h[:-1])) for h in have) for w in want)


def _parameter(template: Template, arn: str, region: str) -> str:
    """What stands where the template's parameter goes; "" when the ARN is of another kind or holds a variable.

    A template writes the stack's own Region into the ARN; "" is a Region that is not known.
    """
    parts = arn.split(":", 5)
    if len(parts) != 6 or "${" in arn:
        return ""
    if template.resource == "{arn}":
        return arn if parts[2] == "secretsmanager" else ""
    service, prefix = template.resource.removesuffix("{}").split(":", 1)
    if parts[2] != service or not parts[5].startswith(prefix) or (parts[3] and region not in ("", parts[3])):
        return ""
    value = parts[5].removeprefix(prefix)
    value = value.split("/")[0] if service in {"s3", "dynamodb"} else value
    return "" if set("*?") & set(value) else value


def _surplus(name: str, allow: Allow) -> Iterator[str]:
    template = TEMPLATES[name]
    yield from (action for action in template.actions if action not in allow.actions)
    yield from template.also
    if allow.conditions:
        yield f"{', '.join(allow.actions)} without the condition {allow.conditions[0][1]}"
