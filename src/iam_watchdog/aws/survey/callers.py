"""Sources that call under a role of their own: that role's policies decide, and no policy of the function is needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iam_watchdog.aws.clients import Clients
from iam_watchdog.aws.read import calling
from iam_watchdog.aws.survey.found import Found, calls, few, lambda_arn, pages

ACTIONS = (
    "appsync:ListDataSources",
    "appsync:ListGraphqlApis",
    "codepipeline:GetPipeline",
    "codepipeline:ListPipelines",
    "firehose:DescribeDeliveryStream",
    "firehose:ListDeliveryStreams",
    "pipes:DescribePipe",
    "pipes:ListPipes",
    "scheduler:GetSchedule",
    "scheduler:ListSchedules",
    "states:DescribeStateMachine",
    "states:ListStateMachines",
)


def schedules(clients: Clients, account: str) -> Found:
    """EventBridge Scheduler: the role of the schedule."""
    client = clients.get("scheduler")
    listed = pages(client.list_schedules, "Schedules", "NextToken")
    ours = (r for r in listed if r.get("State") != "DISABLED" and lambda_arn(r.get("Target", {}).get("Arn", "")))
    for row in few(ours, "Scheduler schedules"):
        whole = client.get_schedule(Name=row["Name"], GroupName=row.get("GroupName", "default"))
        yield from calls(calling.by_schedule(whole), whole["Arn"])


def state_machines(clients: Clients, account: str) -> Found:
    """Step Functions: the role of the state machine."""
    client = clients.get("stepfunctions")
    for row in few(pages(client.list_state_machines, "stateMachines", "nextToken"), "Step Functions state machines"):
        whole = client.describe_state_machine(stateMachineArn=row["stateMachineArn"])
        yield from calls(calling.by_machine(whole), row["stateMachineArn"])


def pipes(clients: Clients, account: str) -> Found:
    """EventBridge Pipes: the pipe's role calls its target, and what enriches the events on their way.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html
    """
    client = clients.get("pipes")
    listed = pages(client.list_pipes, "Pipes", "NextToken")
    ours = (r for r in listed if r.get("DesiredState") != "STOPPED" and any(map(lambda_arn, calling.named_by_pipe(r))))
    for row in few(ours, "EventBridge pipes"):
        whole = client.describe_pipe(Name=row["Name"])
        yield from calls(calling.by_pipe(whole), whole["Arn"], whole.get("Source", ""))


def pipelines(clients: Clients, account: str) -> Found:
    """CodePipeline: the role of the action, if it has one of its own, else the pipeline's.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html
    """
    client = clients.get("codepipeline")
    for row in few(pages(client.list_pipelines, "pipelines", "nextToken"), "CodePipeline pipelines"):
        found = client.get_pipeline(name=row["name"])
        yield from calls(calling.by_pipeline(found), found["metadata"]["pipelineArn"])


def delivery_streams(clients: Clients, account: str) -> Found:
    """Data Firehose: the function that transforms the records on their way.

    https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html
    """
    client = clients.get("firehose")
    for row in few(_streams(client), "Firehose streams"):
        whole = client.describe_delivery_stream(**row)["DeliveryStreamDescription"]
        yield from calls(calling.by_delivery(whole), whole["DeliveryStreamARN"])


def _streams(client: Any) -> Iterator[dict[str, str]]:
    """Firehose pages by the last name."""
    more: dict[str, str] = {}
    while True:
        page = client.list_delivery_streams(Limit=1_000, **more)
        yield from ({"DeliveryStreamName": name} for name in page["DeliveryStreamNames"])
        if not page.get("HasMoreDeliveryStreams") or not page["DeliveryStreamNames"]:
            return
        more = {"ExclusiveStartDeliveryStreamName": page["DeliveryStreamNames"][-1]}


def data_sources(clients: Clients, account: str) -> Found:
    """AppSync: the service role of the data source.

    https://docs.aws.amazon.com/appsync/latest/devguide/attaching-a-data-source.html
    """
    client = clients.get("appsync")
    for api in few(pages(client.list_graphql_apis, "graphqlApis", "nextToken"), "AppSync APIs"):
        for source in pages(client.list_data_sources, "dataSources", "nextToken", apiId=api["apiId"]):
            yield from calls(calling.by_data_source(source), source["dataSourceArn"])
