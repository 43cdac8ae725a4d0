"""The SAM template as CloudFormation sees it: translated, with parameters put in and conditions decided."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from boto3.session import Session
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
ACCOUNT, REGION = "111122223333", "eu-west-1"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::StackName": "iam-watchdog",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": None,
}

SLACK = {
    "SlackSecretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:slack-AbCdEf",
    "SlackChannel": "C0123456789",
    "SlackTeam": "T0123456789",
    "SlackApp": "A0123456789",
}
PERSON = {**SLACK, "Approvers": "U0123456789"}
BOUNDARY = {"InlineBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/dev-boundary"}
AUTO = {"Mode": "auto", "DevAccountIds": ACCOUNT}

SECRET_KEY = {"SlackSecretKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/abc"}

PARAMETER_SETS: Mapping[str, Mapping[str, str]] = {
    "guard": {"AlertEmail": ""},
    "guard_mail": {"AlertEmail": "ops@example.com"},
    "guard_slack": {"AlertEmail": "", **SLACK, **SECRET_KEY},
    "approvals": {"AlertEmail": "", **PERSON, **BOUNDARY, "VerifyFunctions": "orders,billing"},
    "approvals_without_boundary": {"AlertEmail": "", **PERSON},
    "auto": {"AlertEmail": "", **AUTO, "VerifyFunctions": "orders"},
    "auto_and_approvals": {"AlertEmail": "", **AUTO, **PERSON, **BOUNDARY},
    "prefixed": {
        "AlertEmail": "",
        **AUTO,
        **PERSON,
        **BOUNDARY,
        "OptInRolePrefix": "app/",
        "OptInFunctionPrefix": "app-",
    },
    "everything": {
        "AlertEmail": "ops@example.com",
        **AUTO,
        **PERSON,
        **SECRET_KEY,
        **BOUNDARY,
        "VerifyFunctions": "orders,billing",
        "ExcludeLogGroups": "/aws/lambda/noisy",
    },
    "listed": {"AlertEmail": "", "WatchScope": "listed"},
    "excludes": {"AlertEmail": "", "ExcludeLogGroups": "/aws/lambda/noisy,other/group"},
    "trail_off": {"AlertEmail": "", "TrailEnabled": "false", "DetectReservedConcurrency": "5"},
}
"""Every parameter set that is translated, linted and judged; `guard` is the default deployment."""


@cache
def source() -> dict[str, Any]:
    """The template as written, with intrinsic functions in their long form."""
    return cast("dict[str, Any]", yaml_parse(TEMPLATE.read_text()))


@cache
def translated_text(name: str) -> str:
    """The translation of one parameter set, before CloudFormation resolves anything, as JSON."""
    packaged = json.loads(json.dumps(source()))
    packaged["Globals"]["Function"]["CodeUri"] = "s3://packaged/code.zip"  # as `sam package` leaves it
    translator = Translator({}, Parser(), boto_session=Session(region_name=REGION))
    return json.dumps(translator.translate(packaged, parameter_values=values(name)), indent=1)


def translated(name: str) -> dict[str, Any]:
    """A fresh copy of the translation of one parameter set."""
    return cast("dict[str, Any]", json.loads(translated_text(name)))


def values(name: str) -> dict[str, str]:
    """Parameter values of a set, defaults included."""
    defaults = {key: str(p["Default"]) for key, p in source()["Parameters"].items() if "Default" in p}
    return {**defaults, **PARAMETER_SETS[name]}


@cache
def deployed_text(name: str) -> str:
    """What CloudFormation would create for one parameter set, as JSON."""
    template = translated(name)
    resolve = Resolver(template, values(name))
    return json.dumps(resolve.resources())


def deployed(name: str) -> dict[str, dict[str, Any]]:
    """Resources that would exist, by logical id, with every intrinsic function resolved."""
    return cast("dict[str, dict[str, Any]]", json.loads(deployed_text(name)))


class Resolver:
    """The intrinsic functions that this template uses; an unknown one is an error, not a guess."""

    def __init__(self, template: Mapping[str, Any], given: Mapping[str, str]) -> None:
        self.template, self.given = template, given

    def resources(self) -> dict[str, Any]:
        """All resources whose condition holds."""
        every = self.template["Resources"].items()
        exist = {key: r for key, r in every if "Condition" not in r or self.condition(r["Condition"])}
        return {
            key: {"Type": r["Type"], "Properties": self.value(r.get("Properties", {})), **_policies(r)}
            for key, r in exist.items()
        }

    def condition(self, node: Any) -> bool:
        """Decide a condition by name or by expression."""
        if isinstance(node, str):
            return self.condition(self.template["Conditions"][node])
        ((function, argument),) = node.items()
        match function:
            case "Fn::Equals":
                return str(self.value(argument[0])) == str(self.value(argument[1]))
            case "Fn::Not":
                return not self.condition(argument[0])
            case "Fn::And":
                return all(self.condition(a) for a in argument)
            case "Fn::Or":
                return any(self.condition(a) for a in argument)
            case "Condition":
                return self.condition(argument)
            case "Fn::Contains":
                return self.value(argument[1]) in self.value(argument[0])
        raise ValueError(f"unknown condition function {function}")

    def value(self, node: Any) -> Any:
        """Resolve a value; members that are AWS::NoValue vanish."""
        if isinstance(node, list):
            return [v for v in (self.value(n) for n in node) if v is not None]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((function, argument),) = node.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self.function(function, argument)
        return {k: v for k, v in ((k, self.value(n)) for k, n in node.items()) if v is not None}

    def function(self, function: str, argument: Any) -> Any:
        """Resolve one intrinsic function."""
        match function:
            case "Ref":
                return self.reference(argument)
            case "Fn::GetAtt":
                parts = argument.split(".", 1) if isinstance(argument, str) else argument
                return self.attribute(*parts)
            case "Fn::If":
                return self.value(argument[1] if self.condition(argument[0]) else argument[2])
            case "Fn::Join":
                return argument[0].join(str(v) for v in self.value(argument[1]))
            case "Fn::Split":
                return self.value(argument[1]).split(argument[0])
            case "Fn::Sub":
                return self.substitute(argument)
        raise ValueError(f"unknown function {function}")

    def substitute(self, argument: Any) -> str:
        """Put names into a text."""
        text, local = (argument, {}) if isinstance(argument, str) else argument
        pieces = text.split("${")
        out = [pieces[0]]
        for piece in pieces[1:]:
            name, rest = piece.split("}", 1)
            if name in local:
                known = self.value(local[name])
            else:
                known = self.attribute(*name.split(".", 1)) if "." in name else self.reference(name)
            out += [str(known), rest]
        return "".join(out)

    def reference(self, name: str) -> Any:
        """A pseudo parameter, a parameter, or the physical id of a resource."""
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.given:
            is_list = self.template["Parameters"][name]["Type"] == "CommaDelimitedList"
            return self.given[name].split(",") if is_list else self.given[name]
        resource = self.template["Resources"][name]
        if resource["Type"] in ("AWS::SNS::Topic", "AWS::IAM::ManagedPolicy"):
            return self.attribute(name, "Arn")
        if resource["Type"] == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
        return self.physical(name)

    def physical(self, name: str) -> str:
        """The name that a resource gives itself, or one like CloudFormation's."""
        properties = self.template["Resources"][name].get("Properties", {})
        for key in ("RoleName", "FunctionName", "LogGroupName", "Name"):
            if key in properties:
                return str(self.value(properties[key]))
        return f"iam-watchdog-{name}-1ABC".lower()

    def attribute(self, name: str, attribute: str) -> str:
        """An ARN, or a function URL."""
        if attribute in ("QueueName", "TopicName"):
            return self.physical(name)
        if attribute == "FunctionUrl":
            return "https://abc.lambda-url.example/"
        kind = self.template["Resources"][name]["Type"]
        if kind not in _ARNS:
            raise ValueError(f"{name}.{attribute}: no ARN known for {kind}")
        return _ARNS[kind].format(name=name if kind == "AWS::SQS::Queue" else self.physical(name))


_ARNS = {
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{name}}",
    "AWS::IAM::ManagedPolicy": f"arn:aws:iam::{ACCOUNT}:policy/{{name}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{name}}",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{name}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{name}}",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{name}}",
    "AWS::Events::Rule": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{{name}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{name}}:*",
}


def _policies(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: resource[key]
        for key in ("DeletionPolicy", "UpdateReplacePolicy", "DependsOn", "Metadata")
        if key in resource
    }
