"""Triggers that the function's own policy admits: what each names as what it starts, or None if it is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from iam_watchdog.aws.faults import NotRead
from iam_watchdog.aws.read import api, balancer, dialog, edge, starting
from iam_watchdog.aws.read.account import Account
from iam_watchdog.aws.read.arn import Arn
from iam_watchdog.aws.read.starting import UNTOLD

ACTIONS = (
    "cognito-idp:DescribeUserPool",
    "config:DescribeConfigRules",
    "events:DescribeRule",
    "events:ListTargetsByRule",
    "iot:DescribeAuthorizer",
    "iot:GetTopicRule",
    "iot:ListTopicRules",
    "logs:DescribeSubscriptionFilters",
    "s3:GetBucketNotification",
    "secretsmanager:DescribeSecret",
    "ses:DescribeActiveReceiptRuleSet",
    "sns:ListSubscriptionsByTopic",
)
GONE = (*("ResourceNotFoundException", "NoSuchBucket", "NotFound", "NotFoundException"),)
MOST = 1_000
"""Rows of a listing that are read; whether something is named further on stays open."""
type Named = Iterable[str] | None


def _rule(arn: Arn, account: Account) -> Named:
    """`rule/name` on the default bus, `rule/bus/name` on another; one that is off starts nobody.

    A target with a role of its own is called under that role, as the sweep has it: no permission is asked for.
    """
    bus, _, name = arn.name.rpartition("/")
    on = {"EventBusName": bus} if bus else {}
    rule = account.read(arn, "events", "describe_rule", absent=GONE, Name=name, **on)
    if not rule or rule.get("State") == "DISABLED":
        return () if rule else None
    listing = ("events", "list_targets_by_rule", "Targets")
    return _listed(arn, account, listing, "Arn", under="RoleArn", Rule=name, **on)


def _bucket(arn: Arn, account: Account) -> Named:
    params = {"Bucket": arn.rest, "ExpectedBucketOwner": account.id}
    found = account.read(arn, "s3", "get_bucket_notification_configuration", absent=GONE, **params)
    return [row["LambdaFunctionArn"] for row in found.get("LambdaFunctionConfigurations", ())] if found else None


def _topic(arn: Arn, account: Account) -> Named:
    listing = ("sns", "list_subscriptions_by_topic", "Subscriptions")
    return _listed(arn, account, listing, "Endpoint", TopicArn=arn.text)


def _group(arn: Arn, account: Account) -> Named:
    listing = ("logs", "describe_subscription_filters", "subscriptionFilters")
    return _listed(arn, account, listing, "destinationArn", logGroupName=arn.name.removesuffix(":*"))


def _listed(
    arn: Arn, account: Account, listing: tuple[str, str, str], field: str, *, under: str = "", **asked: Any
) -> Named:
    """One field of every row of a listing by (service, operation, rows); None if what is asked about is not there.

    under: the field of a row that calls under a role of its own.
    """
    service, operation, items = listing
    try:
        rows, more = account.pages(arn, service, operation, items, limit=MOST, **asked)
    except NotRead as no:
        if no.code in GONE:
            return None
        raise
    return [*(row.get(field, "") for row in rows if not row.get(under)), *([UNTOLD] if more else ())]


def _user_pool(arn: Arn, account: Account) -> Named:
    found = account.read(arn, "cognito-idp", "describe_user_pool", absent=GONE, UserPoolId=arn.name).get("UserPool")
    return None if found is None else starting.by_pool(found.get("LambdaConfig") or {})


def _config_rule(arn: Arn, account: Account) -> Named:
    """A rule is asked for by a name that its ARN does not hold."""

    def listed() -> tuple[tuple[Any, ...], bool]:
        return account.pages(arn, "config", "describe_config_rules", "ConfigRules", limit=MOST)

    rules, more = account.lately(("config rules", arn.region, arn.account), listed)
    found = next((rule for rule in rules if rule.get("ConfigRuleArn") == arn.text), None)
    if found is None:
        return (UNTOLD,) if more else None
    return starting.by_config_rule(found)


def _of_iot(arn: Arn, account: Account) -> Named:
    if arn.kind != "authorizer":
        return _topic_rule(arn, account)
    found = account.read(arn, "iot", "describe_authorizer", absent=GONE, authorizerName=arn.name)
    return starting.by_authorizer(found["authorizerDescription"]) if found else None


def _topic_rule(arn: Arn, account: Account) -> Named:
    """Of a rule that is not there AWS IoT says what it says to those who may not ask; the list tells which it is.

    https://docs.aws.amazon.com/iot/latest/apireference/API_GetTopicRule.html
    """
    try:
        return starting.by_topic_rule(account.read(arn, "iot", "get_topic_rule", ruleName=arn.name)["rule"])
    except NotRead as no:
        if no.code not in ("UnauthorizedException", *GONE):
            raise
        listed = _listed(arn, account, ("iot", "list_topic_rules", "rules"), "ruleName")
        if {arn.name, UNTOLD} & set(listed or ()):
            raise
    return None


def _secret(arn: Arn, account: Account) -> Named:
    found = account.read(arn, "secretsmanager", "describe_secret", absent=GONE, SecretId=arn.text)
    return starting.by_secret(found) if found else None


def _receipt_rule(arn: Arn, account: Account) -> Named:
    """`receipt-rule-set/<set>:receipt-rule/<rule>`; one of a set that is not active receives no mail."""
    kept, _, name = arn.name.partition(":receipt-rule/")
    active = account.read(arn, "ses", "describe_active_receipt_rule_set")
    rules = active.get("Rules", ()) if active.get("Metadata", {}).get("Name") == kept else ()
    return next((starting.by_receipt_rule(rule) for rule in rules if rule["Name"] == name), None)


READERS: Mapping[str, Callable[[Arn, Account], Named]] = {
    "bedrock": dialog.agent,
    "cloudfront": edge.named,
    "cognito-idp": _user_pool,
    "config": _config_rule,
    "connect": dialog.instance,
    "elasticloadbalancing": balancer.target_group,
    "events": _rule,
    "execute-api": api.named,
    "iot": _of_iot,
    "lex": dialog.bot_alias,
    "logs": _group,
    "s3": _bucket,
    "secretsmanager": _secret,
    "ses": _receipt_rule,
    "sns": _topic,
    "vpc-lattice": balancer.lattice,
}
"""Service of the trigger's ARN → what asks it."""
