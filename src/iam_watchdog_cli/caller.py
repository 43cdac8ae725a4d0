"""The caller's credentials and Region, as the environment and the profiles of this machine have them."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from iam_watchdog.report import escape
from iam_watchdog_cli import flags

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


def session(args: argparse.Namespace) -> boto3.Session:
    """The session of boto3's own chain. NotConnected: it cannot be made."""
    try:
        return boto3.Session(profile_name=args.profile, region_name=args.region)
    except ProfileNotFound as error:
        raise NotConnected(f"--profile: {error}; 'aws configure list-profiles' names those there are") from error
    except BotoCoreError as error:
        raise NotConnected(f"the AWS configuration of this machine cannot be read: {error}") from error


def given(region: str, endpoint: str) -> boto3.Session | None:
    """Keys of the environment, if this lab gave them out: whoever set those means them; other keys mean AWS."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    key, secret, token = (os.environ.get(name) for name in names)
    if not key or not secret:
        return None
    found = boto3.Session(key, secret, token, region_name=region)
    try:
        client(found, "sts", region, endpoint, attempts=1).get_caller_identity()
    except (BotoCoreError, ClientError, ValueError):
        return None
    return found


def region(session: boto3.Session) -> str:
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


def identity(session: boto3.Session, region: str, endpoint: str | None) -> dict[str, Any]:
    """Whose credentials these are, as AWS says. NotConnected: there are none, or nobody takes them."""
    if not _has_keys(session):
        raise NotConnected(NO_KEYS)
    try:
        return dict(client(session, "sts", region, endpoint, attempts=1).get_caller_identity())
    except ClientError as error:
        raise NotConnected(f"{endpoint or 'AWS'} does not take these credentials: {error}; {LOGIN[3:]}") from error
    except (BotoCoreError, ValueError) as error:
        check = "--endpoint-url, and that something listens there" if endpoint else "--region and the network"
        raise NotConnected(f"{endpoint or 'AWS'} does not answer: {error}; check {check}") from error


def client(session: boto3.Session, service: str, region: str, endpoint: str | None, attempts: int = 3) -> Any:
    """A client that gives up in time for whoever waits."""
    config = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": attempts})
    return session.client(service, region_name=region, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]
