"""`iam-watchdog watch|unwatch NAME…`: subscribe the log groups of functions to the deployed Detect, or stop that."""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
from typing import Any

from botocore.exceptions import ClientError

from iam_watchdog.report import escape
from iam_watchdog_cli import connection, flags

PHRASES = (
    "Access Denied",
    "Access denied",
    "access denied",
    "not authorized",
    "not authorised",
    "explicit deny",
    "cannot be assumed",
    "does not have permission",
    "does not have permissions",
    "do not have permission",
    "Insufficient permissions",
    "Invalid permissions",
    "not allowed to access",
    "KMS access was denied",
    "(Forbidden)",
    "(403)",
    "403 Forbidden",
)
WORDS = (
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthorizationError",
    "AuthorizationErrorException",
    "NotAuthorized",
    "NotAuthorizedException",
    "UnauthorizedException",
    "EC2AccessDeniedException",
    "KMSAccessDeniedException",
    "KMSKeyAccessDenied",
    "ImageAccessDenied",
    "InsufficientRolePermissions",
)
PATTERN = " ".join([*(f"?{word}" for word in WORDS), *(f'?"{phrase}"' for phrase in PHRASES)])
"""Only optional terms: beside any other term CloudWatch Logs would ignore them all, and match every line.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of both subcommands."""
    named = "function (name or ARN) whose log group is meant"
    parser.add_argument("names", nargs="+", metavar="NAME", type=_name, help=named)
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    flags.add_arguments(parser)


def _name(text: str) -> str:
    """Raises ArgumentTypeError."""
    if re.fullmatch(r"(arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:)?[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_$-]+)?", text):
        return text
    raise argparse.ArgumentTypeError(f"{text[:80]!r} is no name of a function; they hold letters, digits, - and _ only")


def run(args: argparse.Namespace) -> int:
    """Subscribe or unsubscribe each function's group; 0 if all went well, 2 if a name is wrong, 1 otherwise."""
    account = connection.connect(args)
    outputs, watching = account.outputs(), args.command == "watch"
    own = {value for key, value in outputs.items() if key.endswith("Function")} if watching else set()
    act = subscribe if watching else unsubscribe
    done: dict[str, str] = {}
    worst = 0
    for name in args.names:
        try:
            if name.split(":function:")[-1].split(":")[0] in own:
                worst = max(worst, _say(args, f"{name} is the watchdog's own function; it would hear itself", WRONG))
                continue
            done[name] = act(account, name, outputs["DetectFunction"])
        except ClientError as error:
            worst = max(worst, _refused(args, name, error, account))
    _show(args, done)
    if done and (note := heard_anyway(args.command, account.parameter("WatchScope"))):
        _say(args, note, 0)
    return worst


REFUSED, WRONG = 1, 2


def heard_anyway(command: str, scope: str) -> str:
    """What a person has to know where the account's subscription policy covers every group; "" where none does."""
    if scope != "account":
        return ""
    everything = "this deployment watches every log group (WatchScope=account)"
    if command == "watch":
        return f"{everything}, so this was not needed; it is where WatchScope is `listed`"
    return f"{everything}, so it is still heard; only the parameter ExcludeLogGroups leaves a group out"


def _show(args: argparse.Namespace, done: dict[str, str]) -> None:
    if args.json:
        print(json.dumps({"watched" if args.command == "watch" else "unwatched": done}))
    else:
        verb = "watching" if args.command == "watch" else "no longer watching"
        print("".join(f"{verb} {name} ({group})\n" for name, group in done.items()), end="")


def _refused(args: argparse.Namespace, name: str, error: ClientError, account: connection.Connection) -> int:
    code, here = error.response["Error"]["Code"], f"account {account.account}, {account.region}"
    if code == "ResourceNotFoundException":
        words = f"there is no function {name!r} in {here}; check the name, --region and --profile"
        return _say(args, words, WRONG)
    hint = "; the group has two subscriptions already, remove one" if code == "LimitExceededException" else ""
    return _say(args, f"{name}: {error}{hint}", REFUSED)


def _say(args: argparse.Namespace, words: str, code: int) -> int:
    print(f"iam-watchdog {args.command}: {escape.terminal(words)}", file=sys.stderr)
    return code


def subscribe(account: connection.Connection, name: str, detect: str) -> str:
    """Let the function's group (made if it is not there yet) feed Detect; the group's name."""
    group, logs = _group(account, name), account.client("logs")
    with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=group)
    target = account.client("lambda").get_function_configuration(FunctionName=detect)["FunctionArn"]
    _permit(account, detect)
    logs.put_subscription_filter(
        logGroupName=group, filterName=account.stack, filterPattern=PATTERN, destinationArn=target
    )
    return group


def unsubscribe(account: connection.Connection, name: str, detect: str) -> str:
    """Take our subscription from the function's group; fine if there is none."""
    group, logs = _group(account, name), account.client("logs")
    with contextlib.suppress(logs.exceptions.ResourceNotFoundException):
        logs.delete_subscription_filter(logGroupName=group, filterName=account.stack)
    return group


def _group(account: connection.Connection, name: str) -> str:
    found = account.client("lambda").get_function_configuration(FunctionName=name)
    return str((found.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{found['FunctionName']}")


def _permit(account: connection.Connection, detect: str) -> None:
    """The template lets CloudWatch Logs call Detect for all groups of the account; mend it if that is gone."""
    if any(_lets_logs_in(statement) for statement in _statements(account.client("lambda"), detect)):
        return
    account.client("lambda").add_permission(
        FunctionName=detect,
        StatementId=f"{account.stack}-watch",
        Action="lambda:InvokeFunction",
        Principal="logs.amazonaws.com",
        SourceAccount=account.account,
        SourceArn=f"arn:{account.partition}:logs:{account.region}:{account.account}:log-group:*",
    )


def _statements(functions: Any, detect: str) -> list[dict[str, Any]]:
    try:
        return list(json.loads(functions.get_policy(FunctionName=detect)["Policy"])["Statement"])
    except functions.exceptions.ResourceNotFoundException:
        return []


def _lets_logs_in(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    return isinstance(principal, dict) and principal.get("Service") == "logs.amazonaws.com"
