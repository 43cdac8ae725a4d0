"""Deploys our own template on the lab, as it would be deployed on AWS; only endpoints and parameters differ."""

from __future__ import annotations

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3

from iam_watchdog import guard
from iam_watchdog_cli.lab import artefact, template, unpacking
from iam_watchdog_cli.lab.state import Lab

APPROVER = "U0LAB000001"
BOUNDARY = "iam-watchdog-lab-boundary"
"""Policy that lets statements be approved for the lab's own applications: it keeps out what is never granted."""
TEMPLATE_KEY = "template.json"
PATIENCE = 60.0


class NotDeployed(Exception):
    """The stack did not come up; the message says which resource failed and why."""


def deploy(lab: Lab, mode: str, *, verify: tuple[str, ...] = (), **parameters: str) -> dict[str, str]:
    """Upload the package, create the stack, subscribe the mailbox; the stack's outputs. Raises NotDeployed."""
    session = boto3.Session(lab.admin.access_key, lab.admin.secret_key, region_name=lab.region)

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=lab.endpoint)  # type: ignore[call-overload]

    code = artefact.build()
    # The service has the code at hand before a function is first called; unpacked then, it would cost seconds there.
    with ThreadPoolExecutor(1) as pool:
        at_hand = pool.submit(unpacking.unpacked, code, Path(lab.home) / "tmp")
        body = _upload(client("s3"), lab, code)
        given = _parameters(client, lab, mode, verify) | parameters
        outputs = _create(client("cloudformation"), lab, body, given)
        at_hand.result()
    client("sns").subscribe(
        TopicArn=outputs["AlertsTopic"], Protocol="http", Endpoint=f"{lab.receiver}/sns/{lab.slack.hook}"
    )
    return outputs


def _upload(s3: Any, lab: Lab, code: bytes) -> dict[str, Any]:
    """Put package and template into a bucket, as `sam package` does; the template as put there."""
    bucket, key = _bucket(lab), f"{hashlib.sha256(code).hexdigest()[:16]}.zip"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=key, Body=code)
    body = template.packaged(template.load(artefact.TEMPLATE), bucket, key)
    s3.put_object(Bucket=bucket, Key=TEMPLATE_KEY, Body=json.dumps(body).encode())
    return body


def _bucket(lab: Lab) -> str:
    return f"{lab.stack}-packages-{lab.account}"


def _parameters(client: Any, lab: Lab, mode: str, verify: tuple[str, ...]) -> dict[str, str]:
    secret = {"signing_secret": lab.slack.signing_secret, "bot_token": lab.slack.bot_token}
    stored = client("secretsmanager").create_secret(Name=f"{lab.stack}/slack", SecretString=json.dumps(secret))
    return {
        "Mode": mode,
        "DevAccountIds": lab.account,
        "WatchScope": "listed",
        "AlertEmail": "",
        "AccountAlias": "lab",
        "SlackSecretArn": stored["ARN"],
        "SlackChannel": lab.slack.channel,
        "SlackTeam": lab.slack.team,
        "SlackApp": lab.slack.app,
        "SlackApiUrl": f"{lab.receiver}/api/",
        "Approvers": APPROVER,
        "InlineBoundaryArn": _boundary(client("iam")),
        "VerifyFunctions": ",".join(verify),
        "VerifySchedule": "1,1,2,3",
        "VerifyGap": "1",
        "SettlingSeconds": "0",
    }


def _boundary(iam: Any) -> str:
    """A permissions boundary for the lab's applications: everything but the actions that nobody may approve."""
    document = guard.boundary_document()
    return str(iam.create_policy(PolicyName=BOUNDARY, PolicyDocument=document)["Policy"]["Arn"])


def _create(cloudformation: Any, lab: Lab, body: dict[str, Any], given: dict[str, str]) -> dict[str, str]:
    known = body["Parameters"]
    if strange := set(given) - set(known):
        raise NotDeployed(f"template.yaml has no parameter {sorted(strange)[0]!r}")
    cloudformation.create_stack(
        StackName=lab.stack,
        TemplateURL=f"{lab.endpoint}/{_bucket(lab)}/{TEMPLATE_KEY}",
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    end = time.monotonic() + PATIENCE
    while (found := cloudformation.describe_stacks(StackName=lab.stack)["Stacks"][0])["StackStatus"].endswith(
        "IN_PROGRESS"
    ):
        if time.monotonic() > end:
            break
        time.sleep(0.1)
    if found["StackStatus"] != "CREATE_COMPLETE":
        raise NotDeployed(f"stack {lab.stack}: {found['StackStatus']}; {_failures(cloudformation, lab.stack)}")
    return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}


def _failures(cloudformation: Any, stack: str) -> str:
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    said = [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in reversed(failed)]
    return "; ".join(said) or "no failed resource"
