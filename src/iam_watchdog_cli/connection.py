"""Where the CLI finds endpoint, region and credentials: flags, then the running lab, then boto3's default chain."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import ClientError

from iam_watchdog.ports import CannotRead
from iam_watchdog.report import escape
from iam_watchdog_cli import caller
from iam_watchdog_cli.caller import NotConnected
from iam_watchdog_cli.flags import STACK
from iam_watchdog_cli.lab import state

__all__ = ["Connection", "NotConnected", "admin_session", "connect"]


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
            self._clients[service] = caller.client(self.session, service, self.region, self.endpoint)
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
        return {output["OutputKey"]: output["OutputValue"] for output in self._deployed().get("Outputs", [])}

    def parameter(self, name: str) -> str:
        """What the stack was deployed with, "" if it has no such parameter. NotConnected: there is no such stack."""
        given = self._deployed().get("Parameters", [])
        return next((str(one["ParameterValue"]) for one in given if one["ParameterKey"] == name), "")

    def _deployed(self) -> dict[str, Any]:
        try:
            return dict(self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0])
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            raise NotConnected(
                f"no stack {self.stack!r} in account {self.account}, {self.region}: deploy it first (make deploy), "
                f"start the lab (iam-watchdog lab up), or name it with --stack; AWS says: {error}"
            ) from error


def connect(args: argparse.Namespace) -> Connection:
    """Find the account and see whether it answers. NotConnected: exit code 3 with the reason said."""
    lab = _lab_for(args)
    endpoint = args.endpoint_url or (lab.endpoint if lab else None)
    session = (caller.given(lab.region, lab.endpoint) or admin_session(lab)) if lab else caller.session(args)
    region = args.region or (lab.region if lab else None) or caller.region(session)
    identity = caller.identity(session, region, endpoint)
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
