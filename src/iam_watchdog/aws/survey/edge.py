"""CloudFront runs functions at its edge: Lambda@Edge assumes the role of the very version that is named there."""

from __future__ import annotations

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.read import starting
from iam_watchdog.aws.survey.found import Found, few, lambda_arn
from iam_watchdog.expect import Trigger
from iam_watchdog.remedy.callers import EDGE

ACTIONS = ("cloudfront:ListDistributions", "lambda:GetFunctionConfiguration")
HOME = "us-east-1"
"""Nowhere else can such functions be: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html"""


def distributions(clients: Clients, account: str) -> Found:
    """Both Lambda and Lambda@Edge have to be admitted by the role's trust policy.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html
    """
    if clients.region != HOME:
        return
    listing = clients.get("cloudfront").get_paginator("list_distributions").paginate()
    listed = (row for page in listing for row in page["DistributionList"].get("Items", ()))
    named = ((row, target) for row in listed for target in dict.fromkeys(starting.by_distribution(row)))
    found = ({"source": row["ARN"], "target": target} for row, target in named)
    for each in few(found, "functions at CloudFront's edge"):
        if called := lambda_arn(each["target"]):
            config = clients.get("lambda").get_function_configuration(FunctionName=each["target"])
            yield called[0], Trigger(EDGE, each["source"], called[1], role=config["Role"], action="sts:AssumeRole")
