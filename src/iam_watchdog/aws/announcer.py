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
from iam_watchdog.report import digests, html, sns, told
from iam_watchdog.report.grouping import Group

if TYPE_CHECKING:
    from iam_watchdog.slack.voice import Voice

ACTIONS = ("secretsmanager:GetSecretValue", "sns:Publish")
TOPIC = "sns"


class Getter(Protocol):
    """Hands out a client by the service's name."""

    def get(self, service: str) -> Any:
        """The client."""


class Groups(Protocol):
    """Knows which incidents met the same statement."""

    def join(self, incident: Incident) -> Group | None:
        """Add the incident; None while it is alone or leads."""

    def led(self, incident: Incident) -> Group | None:
        """The group whose message the incident's is; None while it is alone."""


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
    groups: Groups | None = None
    """Where functions refused by one statement meet; None: each incident is told by itself."""
    _digested: set[tuple[str, str]] = field(default_factory=set, repr=False)

    def show(self, incident: Incident) -> tuple[Shown, ...]:
        """Say it wherever it has not been said. Raises PartlyTold when a channel could not be reached."""
        now = self.clock.now()
        said: list[Shown] = []
        failed: list[CannotWrite] = []
        group = self._group(incident)
        for channel in (self._keep, self._post, self._publish):
            try:
                for shown in channel(incident, group, now):
                    said.append(shown)  # noqa: PERF402 - what was said before a failure has to be kept
            except CannotWrite as no:
                failed.append(no)
        if failed:
            why = "; ".join(str(no) for no in failed)
            raise PartlyTold(tuple(said), why, transient=any(no.transient for no in failed))
        return tuple(said)

    def _group(self, incident: Incident) -> Group | None:
        """A list that cannot be kept keeps nobody from being told: one message too many, then."""
        if self.groups is None:
            return None
        try:
            return self.groups.led(incident) if told.ever(incident) else self.groups.join(incident)
        except CannotWrite:
            return None

    def _keep(self, incident: Incident, group: Group | None, now: datetime) -> Iterator[Shown]:
        if self.bucket:
            page = html.page(incident, self.settings, now)
            archive(self.clients.get("s3"), self.bucket, incident, page, self.settings.account)
        yield from ()

    def _publish(self, incident: Incident, group: Group | None, now: datetime) -> Iterator[Shown]:
        what = told.key(incident, now)
        said = told.said_since(incident, TOPIC, buttons=False)
        if not self.topic or said & {what, told.grouped(incident)}:
            return
        joins = group if group and group.lead.id != incident.id else None
        if joins is None or joins.sent:
            self._send(sns.publication(incident, self.settings, now, joins))
        yield Shown(now, TOPIC, "", told.grouped(incident) if joins else what)

    def _send(self, publication: dict[str, Any]) -> None:
        with writing("publish to the alerts topic"):
            self.clients.get("sns").publish(TopicArn=self.topic, **publication)

    def _post(self, incident: Incident, group: Group | None, now: datetime) -> Iterator[Shown]:
        if self.secret:
            yield from self._voice.say(incident, now, group)

    @cached_property
    def _voice(self) -> Voice:
        """Speaks into the channel that the secret opens; read once per container. Raises CannotWrite."""
        from iam_watchdog.slack import post, voice  # noqa: PLC0415 - slack_sdk is not loaded where nothing is posted

        with writing("read the Slack secret"):
            answer = self.clients.get("secretsmanager").get_secret_value(SecretId=self.secret)
        secret = str(answer.get("SecretString", ""))
        return voice.Voice(post.channel(secret, self.settings.slack_channel, self.clock, self.slack_api), self.settings)

    def digest(self, digest: Digest) -> None:
        """Say many small things at once; a retry reaches only the channels that this container has not reached."""
        failed: list[CannotWrite] = []
        for say in (self._post_digest, self._publish_digest):
            try:
                if (say.__name__, digest.name) not in self._digested:
                    say(digest)
                    self._digested.add((say.__name__, digest.name))
            except CannotWrite as no:
                failed.append(no)
        if failed:
            raise CannotWrite("; ".join(map(str, failed)), transient=any(no.transient for no in failed))

    def _post_digest(self, digest: Digest) -> None:
        if self.secret:
            self._voice.channel.post(digests.post(digest, self.settings))

    def _publish_digest(self, digest: Digest) -> None:
        if self.topic:
            self._send(digests.publication(digest, self.settings))
