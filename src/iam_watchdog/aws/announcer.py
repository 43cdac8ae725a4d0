"""Tells people: the report into the bucket, the message into Slack, the notification to the topic.

Each channel is tried whatever became of the others. What was said comes back as Shown facts; if a channel failed, they
travel in PartlyTold, the story notes them, and the queue brings the incident again: then only what is missing is said.
A crash between a message and its note says it twice: at least once is what a message can be. The report is drawn anew
each time under one key, so it needs no note.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from iam_watchdog.aws.archive import archive
from iam_watchdog.aws.faults import writing
from iam_watchdog.model import Digest, Incident, Shown
from iam_watchdog.ports import CannotWrite, Clock, PartlyTold, Settings
from iam_watchdog.report import digests, html, slack, sns, told

if TYPE_CHECKING:
    from iam_watchdog.slack.post import Channel

ACTIONS = ("secretsmanager:GetSecretValue", "sns:Publish")
TOPIC = "sns"


class Getter(Protocol):
    """Hands out a client by the service's name."""

    def get(self, service: str) -> Any:
        """The client."""


@dataclass
class Announcer:
    """ports.Notifier. Empty `topic`, `bucket` or `secret`: that channel does not exist."""

    clients: Getter
    settings: Settings
    clock: Clock
    topic: str = ""
    bucket: str = ""
    secret: str = field(default="", repr=False)
    """ARN of the Slack secret."""
    slack_api: str = "https://slack.com/api/"

    def show(self, incident: Incident) -> tuple[Shown, ...]:
        """Say it wherever it has not been said. Raises PartlyTold when a channel could not be reached."""
        now = self.clock.now()
        said: list[Shown] = []
        failed: list[CannotWrite] = []
        for channel in (self._keep, self._post, self._publish):
            try:
                for shown in channel(incident, now):
                    said.append(shown)  # noqa: PERF402 - what was said before a failure has to be kept
            except CannotWrite as no:
                failed.append(no)
        if failed:
            why = "; ".join(str(no) for no in failed)
            raise PartlyTold(tuple(said), why, transient=any(no.transient for no in failed))
        return tuple(said)

    def digest(self, digest: Digest) -> None:
        """Say many small things at once, wherever there is a channel. Raises CannotWrite after all were tried."""
        failed: list[CannotWrite] = []
        for say in (self._post_digest, self._publish_digest):
            try:
                say(digest)
            except CannotWrite as no:
                failed.append(no)
        if failed:
            raise CannotWrite("; ".join(map(str, failed)), transient=any(no.transient for no in failed))

    def _post_digest(self, digest: Digest) -> None:
        if self.secret:
            self._slack.post(digests.post(digest, self.settings))

    def _publish_digest(self, digest: Digest) -> None:
        if self.topic:
            with writing("publish to the alerts topic"):
                self.clients.get("sns").publish(TopicArn=self.topic, **digests.publication(digest, self.settings))

    def _keep(self, incident: Incident, now: datetime) -> Iterator[Shown]:
        if self.bucket:
            page = html.page(incident, self.settings, now)
            archive(self.clients.get("s3"), self.bucket, incident, page, self.settings.account)
        yield from ()

    def _publish(self, incident: Incident, now: datetime) -> Iterator[Shown]:
        what = told.key(incident, now)
        if not self.topic or what in told.said_since(incident, TOPIC):
            return
        with writing("publish to the alerts topic"):
            self.clients.get("sns").publish(TopicArn=self.topic, **sns.publication(incident, self.settings, now))
        yield Shown(now, TOPIC, "", what)

    def _post(self, incident: Incident, now: datetime) -> Iterator[Shown]:
        """The message of the plan, or its life; then the other forms in its thread; then older plans are closed."""
        if not self.secret:
            return
        channel, what = self._slack, told.key(incident, now)
        root = told.root(incident, channel.name)
        if what not in told.said_since(incident, channel.name):
            ts = self._say(channel, incident, root, now)
            yield Shown(now, channel.name, ts, what)
            root = root or ts
        if root:
            yield from self._thread(channel, incident, root, now)
            yield from self._close(channel, incident, now)

    def _say(self, channel: Channel, incident: Incident, root: str, now: datetime) -> str:
        if root:
            channel.edit(root, slack.message(incident, self.settings, now))
            return channel.post(slack.reply(incident, self.settings, now), thread=root)
        draw = slack.reply if told.heard_of(incident, channel.name) else slack.message
        return channel.post(draw(incident, self.settings, now))

    def _thread(self, channel: Channel, incident: Incident, root: str, now: datetime) -> Iterator[Shown]:
        what = f"{told.FORMS} {told.plan_id(incident)}"
        forms = slack.other_forms(incident)
        if forms and what not in told.ever_said(incident, channel.name):
            channel.post(forms, thread=root)
            yield Shown(now, channel.name, "", what)

    def _close(self, channel: Channel, incident: Incident, now: datetime) -> Iterator[Shown]:
        """A message never changes its plan: an older plan's message stays and loses its buttons."""
        for plan, ts in told.roots(incident, channel.name).items():
            what = f"{told.CLOSED} {plan}"
            if plan != told.plan_id(incident) and what not in told.ever_said(incident, channel.name):
                channel.edit(ts, slack.closed(told.as_of(incident, ts), self.settings, now))
                yield Shown(now, channel.name, "", what)

    @cached_property
    def _slack(self) -> Channel:
        """The channel that the secret opens; read once per container. Raises CannotWrite with the remedy."""
        from iam_watchdog.slack import post  # noqa: PLC0415 - slack_sdk is not loaded where nothing is posted

        with writing("read the Slack secret"):
            answer = self.clients.get("secretsmanager").get_secret_value(SecretId=self.secret)
        return post.channel(
            str(answer.get("SecretString", "")), self.settings.slack_channel, self.clock, self.slack_api
        )
