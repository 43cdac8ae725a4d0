"""What `sam delete` leaves behind: subscriptions that we made, grants that were applied, data that is retained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from iam_watchdog import status
from iam_watchdog.aws.facts import TableFacts
from iam_watchdog.model import AddInvokePermission, AddRoleStatements, Grant, Incident, Prepared, Status
from iam_watchdog.wiring import SystemClock
from iam_watchdog_cli.connection import Connection

SUBSCRIPTION, GRANT, DATA = "subscription", "grant", "data"
STANDS = (Status.APPLIED, Status.NOT_YET, Status.VERIFIED)
"""An incident whose change is still in force."""
VERIFY_EVENTS = "/iam-watchdog/verify/"


@dataclass(frozen=True)
class Item:
    """One thing that stays; `by_hand` is the command that removes it, `remove` does the same, None: not ours to do."""

    kind: str
    what: str
    by_hand: str
    remove: Callable[[], object] | None = None


def items(account: Connection) -> Iterator[Item]:
    """Everything that would stay, subscriptions first: they would call a function that is gone."""
    yield from subscriptions(account)
    yield from inline_policies(account)
    yield from applied(account)
    yield from data(account)


def subscriptions(account: Connection) -> Iterator[Item]:
    """Filters of our name that feed our Detect; the canary's belongs to the stack."""
    logs, detect = account.client("logs"), account.outputs()["DetectFunction"]
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in (g["logGroupName"] for g in page["logGroups"]):
            if group == f"/aws/events/{account.stack}-canary":
                continue
            filters = logs.describe_subscription_filters(logGroupName=group, filterNamePrefix=account.stack)
            for found in filters.get("subscriptionFilters", []):
                if found["filterName"] == account.stack and found["destinationArn"].endswith(f":function:{detect}"):
                    yield _subscription(account, logs, group)


def _subscription(account: Connection, logs: Any, group: str) -> Item:
    by_hand = f"aws logs delete-subscription-filter --log-group-name {group} --filter-name {account.stack}"
    remove = partial(logs.delete_subscription_filter, logGroupName=group, filterName=account.stack)
    return Item(SUBSCRIPTION, f"subscription of {group}", by_hand, remove)


def inline_policies(account: Connection) -> Iterator[Item]:
    """Statements that were applied stand in inline policies of our own name; functions work because of them."""
    iam, ours = account.client("iam"), f"iam-watchdog-{account.region}-"
    for page in iam.get_paginator("get_account_authorization_details").paginate(Filter=["Role"]):
        for role in page["RoleDetailList"]:
            for name in (p["PolicyName"] for p in role.get("RolePolicyList", [])):
                if name.startswith(ours):
                    where = {"RoleName": role["RoleName"], "PolicyName": name}
                    by_hand = f"aws iam delete-role-policy --role-name {role['RoleName']} --policy-name {name}"
                    what = f"inline policy {name} on {role['RoleName']}"
                    yield Item(GRANT, what, by_hand, partial(iam.delete_role_policy, **where))


def applied(account: Connection) -> Iterator[Item]:
    """Attached policies and invoke permissions that are still in force, from the receipts; undo takes them back."""
    facts = TableFacts(account.client("dynamodb"), account.outputs()["Table"], SystemClock())
    for incident in facts.listing():
        if status.derive(incident, SystemClock().now()) in STANDS:
            yield from _granted(incident)


def _granted(incident: Incident) -> Iterator[Item]:
    prepared = incident.last(Prepared)
    for receipt in prepared.receipts if prepared else ():
        # Statements are found on the roles themselves, also those that no incident remembers.
        if receipt.before is None and not isinstance(receipt.grant, AddRoleStatements):
            yield Item(GRANT, f"{receipt.name} on {_on(receipt.grant)}", f"iam-watchdog undo {incident.id}")


def _on(grant: Grant) -> str:
    return grant.function if isinstance(grant, AddInvokePermission) else grant.role


def data(account: Connection) -> Iterator[Item]:
    """Incidents and reports are retained on purpose; safe events were put there by people."""
    table, bucket = account.outputs()["Table"], account.outputs()["Bucket"]
    delete = partial(account.client("dynamodb").delete_table, TableName=table)
    yield Item(DATA, f"incidents table {table}", f"aws dynamodb delete-table --table-name {table}", delete)
    empty = partial(_remove_bucket, account.client("s3"), bucket)
    yield Item(DATA, f"bucket {bucket} with its reports", f"aws s3 rb s3://{bucket} --force", empty)
    ssm = account.client("ssm")
    for page in ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": [VERIFY_EVENTS]}]
    ):
        for name in (p["Name"] for p in page["Parameters"] if p["Name"].startswith(VERIFY_EVENTS)):
            remove = partial(ssm.delete_parameter, Name=name)
            yield Item(DATA, f"safe event {name}", f"aws ssm delete-parameter --name {name}", remove)


def _remove_bucket(s3: Any, bucket: str) -> None:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        keys = [{"Key": found["Key"]} for found in page.get("Contents", [])]
        if keys:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
    s3.delete_bucket(Bucket=bucket)
