"""An incident's life in Slack: a message for each plan, what follows in its thread, many functions in one list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from iam_watchdog.model import Incident, Shown
from iam_watchdog.ports import Settings
from iam_watchdog.report import slack, told
from iam_watchdog.report.grouping import Group
from iam_watchdog.slack.post import Channel


@dataclass(frozen=True)
class Voice:
    """Speaks into one channel; each Shown is handed out as soon as its message went out."""

    channel: Channel
    settings: Settings

    def say(self, incident: Incident, now: datetime, group: Group | None = None) -> Iterator[Shown]:
        """The message of the plan, or its life; then the other forms in its thread; then older plans are closed."""
        name, what = self.channel.name, told.key(incident, now)
        said = told.said_since(incident, name)
        root = told.root(incident, name)
        if not said & {what, told.grouped(incident)}:
            led = group if group and group.lead.id == incident.id else None
            if group and not led and (shown := self._join(incident, group, now)):
                yield shown
                return
            first = self._news(incident, root, now, led)
            yield Shown(now, name, first, what)
            root = root or first
        if root:
            yield from self._forms(incident, root, now)
            yield from self._close(incident, now)

    def _join(self, incident: Incident, group: Group, now: datetime) -> Shown | None:
        """Stand in the list of whoever met the same statement first; None if that one has no message."""
        name = self.channel.name
        root = told.root(group.lead, name)
        if not root and not told.heard_of(group.lead, name):
            return None
        if root and group.drawn:
            self.channel.edit(root, slack.group(group, self.settings, now))
        elif not root and group.sent:
            self.channel.post(slack.group(group, self.settings, now))
        return Shown(now, name, root, told.grouped(incident))

    def _news(self, incident: Incident, root: str, now: datetime, led: Group | None) -> str:
        """Post; the ts of a plan's first message, "" for what only answers one. A list that it leads stays a list."""
        if root:
            drawn = slack.group(led, self.settings, now) if led else slack.message(incident, self.settings, now)
            self.channel.edit(root, drawn)
        name = self.channel.name
        thread = root or told.thread(incident, name)
        if thread or told.heard_of(incident, name):
            self.channel.post(slack.reply(incident, self.settings, now), thread=thread)
            return ""
        return self.channel.post(slack.message(incident, self.settings, now))

    def _forms(self, incident: Incident, root: str, now: datetime) -> Iterator[Shown]:
        what = f"{told.FORMS} {told.plan_id(incident)}"
        forms = slack.other_forms(incident)
        if forms and what not in told.ever_said(incident, self.channel.name):
            self.channel.post(forms, thread=root)
            yield Shown(now, self.channel.name, "", what)

    def _close(self, incident: Incident, now: datetime) -> Iterator[Shown]:
        """A message never changes its plan: an older plan's message stays and loses its buttons."""
        for plan, ts in told.roots(incident, self.channel.name).items():
            what = f"{told.CLOSED} {plan}"
            if plan != told.plan_id(incident) and what not in told.ever_said(incident, self.channel.name):
                self.channel.edit(ts, slack.closed(told.as_of(incident, ts), self.settings, now))
                yield Shown(now, self.channel.name, "", what)
