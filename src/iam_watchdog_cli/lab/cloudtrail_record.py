"""What a CloudTrail record holds, written as a trail writes it.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

DATA_PLANE = {
    "s3": ("GetObject", "PutObject", "DeleteObject", "ListBucket", "AbortMultipart", "ListMultipart", "RestoreObject"),
    "dynamodb": ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "Batch", "Transact", "PartiQL"),
    "sqs": ("SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"),
    "sns": ("Publish",),
    "lambda": ("Invoke",),
    "logs": ("PutLogEvents", "FilterLogEvents", "GetLogEvents"),
    "kinesis": ("PutRecord", "GetRecords", "GetShardIterator", "SubscribeToShard"),
}
DATED = {
    "lambda:AddPermission": "AddPermission20150331v2",
    "lambda:RemovePermission": "RemovePermission20150331v2",
    "lambda:UpdateFunctionConfiguration": "UpdateFunctionConfiguration20150331v2",
    "lambda:UpdateFunctionCode": "UpdateFunctionCode20150331v2",
    "lambda:CreateFunction": "CreateFunction20150331",
}
"""Lambda's events carry the date of their API. https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html"""
READS = ("Get", "List", "Describe", "Lookup", "Simulate", "Filter", "Test", "Decrypt", "GenerateDataKey", "AssumeRole")


def management(action: str) -> bool:
    """Tell whether a trail without data events holds this call."""
    service, _, name = action.partition(":")
    return not name.startswith(DATA_PLANE.get(service, ()))


def record(action: str, principal: str, request_id: str, resource: str) -> dict[str, Any]:
    """One management call, without what became of it."""
    from ministack.core.responses import get_account_id, get_region

    service, _, name = action.partition(":")
    account = get_account_id()
    return {
        "eventVersion": "1.11",
        "userIdentity": _identity(principal, account),
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": DATED.get(action, name),
        "awsRegion": get_region(),
        "sourceIPAddress": "127.0.0.1",
        "userAgent": "Boto3 exec-env/AWS_Lambda_python3.13",
        "requestParameters": None,
        "responseElements": None,
        "requestID": request_id,
        "eventID": str(uuid.uuid4()),
        "readOnly": name.startswith(READS),
        "resources": [{"ARN": resource, "accountId": account}] if resource not in ("", "*") else [],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "eventCategory": "Management",
        "recipientAccountId": account,
    }


def _identity(principal: str, account: str) -> dict[str, Any]:
    if ":assumed-role/" not in principal:
        kind = "Root" if principal.endswith(":root") else "IAMUser"
        name = principal.rsplit("/", 1)[-1] if kind == "IAMUser" else ""
        return {"type": kind, "arn": principal, "accountId": account} | ({"userName": name} if name else {})
    from ministack.services import iam

    _, role, session = principal.split("/", 2)
    known = iam._roles.get(role) or {}
    issuer = {"type": "Role", "principalId": known.get("RoleId", ""), "arn": known.get("Arn", ""), "userName": role}
    return {
        "type": "AssumedRole",
        "principalId": f"{known.get('RoleId', '')}:{session}",
        "arn": principal,
        "accountId": account,
        "sessionContext": {
            "sessionIssuer": issuer | {"accountId": account},
            "attributes": {"mfaAuthenticated": "false"},
        },
    }


def asked_for(service: str, arn: str, params: Mapping[str, Any]) -> dict[str, str]:
    """The request's parameters as far as the record names them: IAM's by their names, Lambda's function."""
    if service == "lambda":
        return {"functionName": arn.split(":function:")[1].split(":")[0]} if ":function:" in arn else {}
    if service != "iam":
        return {}
    plain = {k: str(v[0] if isinstance(v, list) else v) for k, v in params.items() if k not in ("Action", "Version")}
    return {name[:1].lower() + name[1:]: value for name, value in plain.items()}


def sent(service: str, path: str, body: bytes, query: Mapping[str, Any]) -> dict[str, Any]:
    """What a permission or a bucket policy says: Lambda and S3 send it as JSON beside the address."""
    if service not in ("lambda", "s3") or not ("/policy" in path or "policy" in query):
        return {}
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    if service == "s3":
        return {"bucketPolicy": found} if found else {}
    given = {name[:1].lower() + name[1:]: value for name, value in found.items()}
    sid = path.rpartition("/policy/")[2] if "/policy/" in path else ""
    alias = query.get("Qualifier") or ""
    given |= {"statementId": sid} if sid else {}
    return given | ({"qualifier": alias[0] if isinstance(alias, list) else alias} if alias else {})


def named(arn: str, params: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(type, name) of each resource by which LookupEvents finds the record."""
    found = [("AWS::IAM::Role", params["roleName"])] if params.get("roleName") else []
    found += [("AWS::IAM::Policy", params["policyArn"])] if params.get("policyArn") else []
    if arn.startswith("arn:aws:s3:::"):
        found.append(("AWS::S3::Bucket", arn.removeprefix("arn:aws:s3:::").split("/")[0]))
    elif ":function:" in arn:
        found.append(("AWS::Lambda::Function", arn.split(":function:")[1].split(":")[0]))
    return tuple(found)
