"""Where the CLI finds endpoint, region and credentials: flags, then the running lab, then boto3's default chain."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from iam_watchdog.ports import CannotRead
from iam_watchdog.report import escape
from iam_watchdog_cli import flags
from iam_watchdog_cli.flags import STACK
from iam_watchdog_cli.lab import state

BAD_INPUT, NO_CONNECTION = 2, 3
LAB = "start the lab with 'iam-watchdog lab up' to try it without an account"
LOGIN = (
    "or name a profile with --profile, or log in as boto3 expects "
    "(https://boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html)"
)
REGION = "name a Region with --region, or set AWS_REGION"
NO_KEYS = f"no AWS credentials found: {LAB}, {LOGIN}"
NO_REGION = f"no Region: {REGION}; or {LAB}"
NEITHER = f"no AWS credentials and no Region found: {LAB}, {LOGIN}, and {REGION}"


class NotConnected(SystemExit):
    """No credentials, or nobody answers: the command ends with exit code 3, or 2 where the input is to blame."""

    def __init__(self, why: str, code: int = NO_CONNECTION) -> None:
        print(f"iam-watchdog: {escape.line(why, 1_000)}", file=sys.stderr)
        super().__init__(code)


@dataclass
class Connection:
    """An account that answered, in one Region; `lab` when it is the embedded one."""

    session: boto3.Session
    region: str
    endpoint: str | None
    account: str
    arn: str
    stack: str
    lab: state.Lab | None = None
    _clients: dict[str, Any] = field(default_factory=dict)

    @property
    def partition(self) -> str:
        """aws, aws-cn, aws-us-gov …, as the caller's ARN says."""
        return self.arn.split(":")[1]

    def client(self, service: str) -> Any:
        """A client, made once."""
        if service not in self._clients:
            self._clients[service] = _client(self.session, service, self.region, self.endpoint)
        return self._clients[service]

    def no_function(self, command: str, why: CannotRead) -> int:
        """Say that the function named is not there; exit code 2. Raises the fault again when it was another one."""
        if "ResourceNotFoundException" not in str(why):
            raise why
        here = f"account {self.account}, {self.region}"
        print(
            f"iam-watchdog {command}: --function: there is no such function in {here}; check the name, --region and "
            f"--profile ({escape.terminal(str(why), 300)})",
            file=sys.stderr,
        )
        return 2

    def outputs(self) -> dict[str, str]:
        """The stack's outputs. NotConnected: there is no such stack here."""
        try:
            found = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0]
        except ClientError as error:
            raise NotConnected(
                f"no stack {self.stack!r} in account {self.account}, {self.region}: deploy it first (make deploy), "
                f"start the lab (iam-watchdog lab up), or name it with --stack; AWS says: {error}"
            ) from error
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def connect(args: argparse.Namespace) -> Connection:
    """Find the account and see whether it answers. NotConnected: exit code 3 with the reason said."""
    lab = _lab_for(args)
    endpoint = args.endpoint_url or (lab.endpoint if lab else None)
    session = _session(args, lab)
    region = args.region or (lab.region if lab else None) or _region(session)
    identity = _identity(session, region, endpoint)
    stack = args.stack or (lab.stack if lab else STACK)
    return Connection(session, region, endpoint, identity["Account"], identity["Arn"], stack, lab)


def _lab_for(args: argparse.Namespace) -> state.Lab | None:
    """The running lab, unless the flags say that another account is meant."""
    lab = None if args.profile else state.read()
    meant = lab and args.endpoint_url in (None, lab.endpoint)
    return lab if meant else None


def admin_session(lab: state.Lab) -> boto3.Session:
    """The lab in the hands of its admin."""
    return boto3.Session(lab.admin.access_key, lab.admin.secret_key, region_name=lab.region)


def _session(args: argparse.Namespace, lab: state.Lab | None) -> boto3.Session:
    if lab:
        return admin_session(lab)
    try:
        return boto3.Session(profile_name=args.profile, region_name=args.region)
    except ProfileNotFound as error:
        raise NotConnected(f"--profile: {error}; 'aws configure list-profiles' names those there are") from error
    except BotoCoreError as error:
        raise NotConnected(f"the AWS configuration of this machine cannot be read: {error}") from error


def _region(session: boto3.Session) -> str:
    """AWS_REGION first, as the AWS CLI has it; boto3 knows AWS_DEFAULT_REGION and the profile's alone.

    https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
    """
    found = os.environ.get("AWS_REGION") or session.region_name
    if not found:
        raise NotConnected(NO_REGION if _has_keys(session) else NEITHER)
    try:
        return flags.region(found)
    except argparse.ArgumentTypeError as wrong:
        raise NotConnected(f"AWS_REGION, AWS_DEFAULT_REGION or the profile's: {wrong}", BAD_INPUT) from wrong


def _has_keys(session: boto3.Session) -> bool:
    try:
        return session.get_credentials() is not None
    except BotoCoreError as error:
        raise NotConnected(f"the AWS credentials of this machine cannot be read: {error}; {LOGIN[3:]}") from error


def _identity(session: boto3.Session, region: str, endpoint: str | None) -> dict[str, Any]:
    if not _has_keys(session):
        raise NotConnected(NO_KEYS)
    try:
        return dict(_client(session, "sts", region, endpoint, attempts=1).get_caller_identity())
    except ClientError as error:
        raise NotConnected(f"{endpoint or 'AWS'} does not take these credentials: {error}; {LOGIN[3:]}") from error
    except (BotoCoreError, ValueError) as error:
        check = "--endpoint-url, and that something listens there" if endpoint else "--region and the network"
        raise NotConnected(f"{endpoint or 'AWS'} does not answer: {error}; check {check}") from error


def _client(session: boto3.Session, service: str, region: str, endpoint: str | None, attempts: int = 3) -> Any:
    config = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": attempts})
    return session.client(service, region_name=region, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]
