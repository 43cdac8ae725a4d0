"""Whether anybody hears what is found: the topic's subscribers, and Slack."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from iam_watchdog_cli.checks.desk import FAIL, OK, WARN, Check, Desk


def subscriber(desk: Desk) -> Iterator[Check]:
    """An e-mail address counts only when it has confirmed."""
    topic = desk.outputs["AlertsTopic"]
    attributes = desk.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    confirmed, pending = (int(attributes.get(f"Subscriptions{k}", 0)) for k in ("Confirmed", "Pending"))
    if confirmed:
        waiting = f"; {pending} have not confirmed yet" if pending else ""
        yield Check("subscriber", OK, f"{confirmed} confirmed{waiting}")
        return
    alone = "" if desk.parameters.get("SlackSecretArn") else ": nobody is told"
    status = WARN if desk.parameters.get("SlackSecretArn") else FAIL
    if pending:
        yield Check("subscriber", status, f"{pending} have not confirmed yet{alone}", "open the link in AWS's e-mail")
    else:
        remedy = f"aws sns subscribe --protocol email --topic-arn {topic} --notification-endpoint ADDRESS"
        yield Check("subscriber", status, f"the alerts topic has no subscriber{alone}", remedy)


def slack(desk: Desk) -> Iterator[Check]:
    """The secret's form, and whether Slack knows the token; auth.test posts nothing."""
    arn = desk.parameters.get("SlackSecretArn", "")
    if not arn:
        yield Check("slack", OK, "not configured")
        return
    try:
        secret = json.loads(desk.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
    except (ValueError, KeyError):
        secret = {}
    yield from _form(desk, secret if isinstance(secret, dict) else {})


def _form(desk: Desk, secret: Mapping[str, str]) -> Iterator[Check]:
    store = 'store JSON: {"signing_secret": "…", "bot_token": "xoxb-…"}'
    if not secret.get("signing_secret") and desk.parameters.get("Approvers"):
        yield Check("slack", FAIL, "the secret has no signing_secret: every click is refused", store)
    if secret.get("bot_token"):
        yield _known(desk, secret["bot_token"])
    elif secret.get("webhook_url"):
        yield Check("slack", WARN, "an incoming webhook can post, but not answer in a thread or edit", store)
    else:
        yield Check("slack", FAIL, "the secret has neither bot_token nor webhook_url: nothing is posted", store)


def _known(desk: Desk, token: str) -> Check:
    client = WebClient(token=token, base_url=desk.parameters.get("SlackApiUrl", WebClient.BASE_URL), timeout=10)
    try:
        who = client.auth_test()
    except SlackApiError as error:
        remedy = "put the app's current bot token into the secret"
        return Check("slack", FAIL, f"Slack does not take the token: {error.response.get('error', 'unknown')}", remedy)
    except (SlackClientError, OSError) as error:
        return Check("slack", WARN, f"Slack does not answer: {type(error).__name__}", "try again later")
    team, wanted = str(who.get("team_id", "")), desk.parameters.get("SlackTeam", "")
    if wanted and team != wanted:
        return Check("slack", FAIL, f"the token is of workspace {team}, SlackTeam says {wanted}", "set SlackTeam anew")
    return Check("slack", OK, f"the token is good in workspace {team}")
