"""The only reader of the environment: what was deployed, checked at cold start, becomes each function's world."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from iam_watchdog.ports import (
    ApproveWorld,
    Mode,
    NoticeWorld,
    ReadWorld,
    Settings,
    SweepWorld,
    TrialWorld,
    WriteWorld,
)

if TYPE_CHECKING:
    from iam_watchdog.aws.announcer import Announcer
    from iam_watchdog.aws.clients import Clients
    from iam_watchdog.aws.facts import TableFacts
    from iam_watchdog.aws.groups import TableGroups
    from iam_watchdog.aws.queues import SqsQueue
    from iam_watchdog.detect.ground import Ground


SLACK_API = "https://slack.com/api/"


class Misconfigured(ValueError):
    """The function's environment is not what template.yaml sets; the message names the variable and the remedy."""


class SystemClock:
    """ports.Clock: the time."""

    def now(self) -> datetime:
        """Aware UTC time."""
        return datetime.now(UTC)  # noqa: TID251 - this is the one clock


class Environment:
    """Typed access to the WATCHDOG_* variables; a wrong value names its variable."""

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        self.given = os.environ if given is None else given

    def text(self, name: str, default: str | None = None) -> str:
        """A text; without a default it has to be there. Raises Misconfigured."""
        value = self.given.get(f"WATCHDOG_{name}", "").strip()
        if not value and default is None:
            raise Misconfigured(f"WATCHDOG_{name} is not set; deploy with this repository's template.yaml")
        return value or (default or "")

    def words(self, name: str) -> tuple[str, ...]:
        """A comma-separated list."""
        return tuple(word for part in self.text(name, "").split(",") if (word := part.strip()))

    def flag(self, name: str) -> bool:
        """true or false. Raises Misconfigured."""
        value = self.text(name, "false").lower()
        if value not in ("true", "false"):
            raise Misconfigured(f"WATCHDOG_{name} is {value!r}; it takes true or false")
        return value == "true"

    def numbers(self, name: str, default: str) -> tuple[int, ...]:
        """Whole seconds, comma-separated. Raises Misconfigured."""
        values = [part.strip() for part in self.text(name, default).split(",")]
        if not all(re.fullmatch(r"\d{1,6}", value) for value in values):
            raise Misconfigured(f"WATCHDOG_{name} is {','.join(values)!r}; it takes whole numbers, as in {default}")
        return tuple(int(value) for value in values)

    def mode(self) -> Mode:
        """propose or auto. Raises Misconfigured."""
        value = self.text("MODE", Mode.PROPOSE)
        if value not in tuple(Mode):
            raise Misconfigured(f"WATCHDOG_MODE is {value!r}; it takes {' or '.join(Mode)}")
        return Mode(value)


def settings(env: Environment | None = None) -> Settings:
    """Everything that the deployment decided. Raises Misconfigured."""
    env = env or Environment()
    schedule = env.numbers("VERIFY_SCHEDULE", "5,10,20,40,60,60,300,900")
    return Settings(
        account=env.text("ACCOUNT"),
        region=env.given.get("AWS_REGION") or env.text("REGION"),
        partition=env.text("PARTITION", "aws"),
        stack=env.text("STACK", "iam-watchdog"),
        mode=env.mode(),
        dev_accounts=env.words("DEV_ACCOUNTS"),
        approvals=bool(env.words("APPROVERS") and env.text("SLACK_SECRET", "")),
        approvers=env.words("APPROVERS"),
        slack_team=env.text("SLACK_TEAM", ""),
        slack_app=env.text("SLACK_APP", ""),
        slack_channel=env.text("SLACK_CHANNEL", ""),
        allow_listed=allow_listed(env.words("ALLOW_LISTED"), env.text("PARTITION", "aws")),
        inline_boundary=env.text("INLINE_BOUNDARY", ""),
        allow_stack_roles=env.flag("ALLOW_STACK_ROLES"),
        own_roles=env.words("OWN_ROLES"),
        own_functions=env.words("OWN_FUNCTIONS"),
        own_log_groups=env.words("OWN_LOG_GROUPS"),
        listed_accounts=env.words("LISTED_ACCOUNTS"),
        waits=schedule,
        gap=env.numbers("VERIFY_GAP", "15")[0],
        settling=env.numbers("SETTLING", "120")[0],
        verify_functions=env.words("VERIFY_FUNCTIONS"),
        verify_events=env.text("VERIFY_EVENTS", "/iam-watchdog/verify"),
        kill_switch=env.text("KILL_SWITCH", ""),
        budget_per_role_and_day=env.numbers("BUDGET", "3")[0],
        amazon_q=env.flag("AMAZON_Q"),
        account_alias=env.text("ACCOUNT_ALIAS", ""),
    )


def allow_listed(arns: tuple[str, ...], partition: str) -> dict[str, str]:
    """Managed policy ARN → the hash of the document it was reviewed with. Raises Misconfigured for an unknown one."""
    from iam_watchdog.records import document_hash  # noqa: PLC0415 - Detect never asks
    from iam_watchdog.remedy.managed import DOCUMENTS  # noqa: PLC0415

    known = {arn.replace("arn:aws:", f"arn:{partition}:", 1): document_hash(text) for arn, text in DOCUMENTS.items()}
    pinned = {}
    for entry in arns:
        arn, _, given = entry.partition("=")
        if not given and arn not in known:
            raise Misconfigured(
                f"WATCHDOG_ALLOW_LISTED: no reviewed document of {arn} is known; write {arn}=<SHA-256 of its document>"
            )
        pinned[arn] = given or known[arn]
    return pinned


# ---------------------------------------------------------------- one world for each function, made once a container


@cache
def clock() -> SystemClock:
    """The one clock."""
    return SystemClock()


@cache
def clients() -> Clients:
    """The clients of this function's own role."""
    from iam_watchdog.aws.clients import Clients  # noqa: PLC0415 - an ordinary batch of Detect makes none

    return Clients()


@cache
def configured() -> Settings:
    """The settings, read once."""
    return settings()


def facts(shown_as: str = "plan") -> TableFacts:
    """The incidents table; a local endpoint is reached through boto3's own AWS_ENDPOINT_URL."""
    from iam_watchdog.aws.facts import TableFacts  # noqa: PLC0415

    return TableFacts(clients().get("dynamodb"), Environment().text("TABLE"), clock(), shown_as)


def queue() -> SqsQueue:
    """The queues that this function may send to; the others are not in its environment."""
    from iam_watchdog.aws.queues import SqsQueue  # noqa: PLC0415

    env = Environment()
    urls = (env.text(f"{name}_QUEUE", "") for name in ("DENIALS", "STEPS", "TRIALS"))
    return SqsQueue(clients().get("sqs"), *urls)


@cache
def announcer(groups: TableGroups | None = None) -> Announcer:
    """The channels that are configured; with groups, functions that one statement refuses are one alert."""
    from iam_watchdog.aws.announcer import Announcer  # noqa: PLC0415

    env = Environment()
    return Announcer(
        clients(),
        configured(),
        clock(),
        topic=env.text("TOPIC", ""),
        bucket=env.text("BUCKET", ""),
        secret=env.text("SLACK_SECRET", ""),
        slack_api=env.text("SLACK_API", SLACK_API),
        groups=groups,
    )


@cache
def noticing() -> NoticeWorld:
    """What Detect and Trail have."""
    return NoticeWorld(facts(), queue())


@cache
def ground() -> Ground:
    """What Detect and Trail know without asking AWS."""
    from iam_watchdog.detect.ground import Ground  # noqa: PLC0415

    env = Environment()
    return Ground(
        account=env.text("ACCOUNT"),
        region=env.given.get("AWS_REGION") or env.text("REGION"),
        partition=env.text("PARTITION", "aws"),
        own_log_groups=env.words("OWN_LOG_GROUPS"),
        own_roles=env.words("OWN_ROLES"),
        own_functions=env.words("OWN_FUNCTIONS"),
        canary=f"/aws/events/{env.text('STACK', 'iam-watchdog')}-canary",
    )


@cache
def reading() -> ReadWorld:
    """What Diagnose has."""
    from iam_watchdog.aws.gather import AccountReader  # noqa: PLC0415
    from iam_watchdog.aws.groups import TableGroups  # noqa: PLC0415

    given, told = configured(), facts()
    reader = AccountReader(clients(), given)
    return ReadWorld(reader, told, queue(), announcer(TableGroups(told)), clock(), given)


def writing() -> WriteWorld:
    """What Remediate has; made anew for each step, which believes nothing that was read before it."""
    from iam_watchdog.aws.gather import AccountReader  # noqa: PLC0415
    from iam_watchdog.aws.hands import AwsHands  # noqa: PLC0415

    given, env = configured(), Environment()
    hands = AwsHands(clients(), given, env.text("HANDS_AUTO", ""), env.text("HANDS_APPROVED", ""))
    return WriteWorld(AccountReader(clients(), given), facts(), queue(), hands, clock(), given)


@cache
def trying() -> TrialWorld:
    """What Verify has."""
    from iam_watchdog.aws.gather import AccountReader  # noqa: PLC0415
    from iam_watchdog.aws.groups import TableGroups  # noqa: PLC0415
    from iam_watchdog.aws.invoker import LambdaInvoker  # noqa: PLC0415

    given = configured()
    reader = AccountReader(clients(), given)
    invoker = LambdaInvoker(clients(), given, reader, clock(), given.verify_events)
    told = facts("verification")
    return TrialWorld(reader, told, queue(), invoker, announcer(TableGroups(told)), clock(), given)


def sweeping() -> SweepWorld:
    """What Sweep has; made anew for each run, since a survey reads the account once and remembers what it read."""
    from iam_watchdog.aws.gather import AccountReader  # noqa: PLC0415
    from iam_watchdog.aws.survey import Account  # noqa: PLC0415

    given = configured()
    from iam_watchdog.aws.clients import Clients  # noqa: PLC0415

    survey = Account(Clients(attempts=8, adaptive=True), given.account, given.stack)
    return SweepWorld(survey, AccountReader(clients(), given), facts(), queue(), clock(), given)


@cache
def approving() -> ApproveWorld:
    """What Approve has."""
    from iam_watchdog.aws.report_link import ReportLinks  # noqa: PLC0415
    from iam_watchdog.aws.slack_secret import signing_secret  # noqa: PLC0415
    from iam_watchdog.slack.replies import ResponseUrl  # noqa: PLC0415

    env = Environment()
    return ApproveWorld(
        facts=facts(),
        queue=queue(),
        replies=ResponseUrl(env.text("SLACK_API", SLACK_API)),
        reports=ReportLinks(clients().get("s3"), env.text("BUCKET")),
        clock=clock(),
        settings=configured(),
        signing_secret=signing_secret(clients().get("secretsmanager"), env.text("SLACK_SECRET")),
    )
