"""The AWS clients of one process: made when first asked for, with standard retries and short timeouts, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from threading import Lock
from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from iam_watchdog.aws import loopback
from iam_watchdog.aws.faults import NotRead, reading, writing
from iam_watchdog.aws.paging import paged
from iam_watchdog.records import canonical

ACTIONS: tuple[str, ...] = ()
"""None by itself; who uses `assumed` declares sts:AssumeRole."""
SESSION_SECONDS = 900
"""The shortest session that AWS gives: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""


class Clients:
    """Clients of one identity; safe to share between threads, nothing is made before it is asked for."""

    def __init__(
        self,
        session: boto3.Session | None = None,
        endpoint_url: str | None = None,
        region: str = "",
        *,
        attempts: int = 3,
        adaptive: bool = False,
    ) -> None:
        """adaptive: for long listings; the SDK slows down under throttling instead of failing."""
        self._session = session
        self.endpoint_url = endpoint_url
        self._region = region
        self._attempts = attempts
        self._mode: Literal["adaptive", "standard"] = "adaptive" if adaptive else "standard"
        self._made: dict[tuple[Any, ...], Any] = {}
        self._lock = Lock()
        self._counting = Lock()
        self._counted: Counter[str] = Counter()

    @property
    def region(self) -> str:
        """The Region that is used unless another is named."""
        return self._region or self.session.region_name or "us-east-1"

    @property
    def session(self) -> boto3.Session:
        """The boto3 session, made when first needed."""
        if self._session is None:
            self._session = boto3.Session(region_name=self._region or None)
        return self._session

    def get(self, service: str, *, region: str = "", attempts: int = 0, read_timeout: float = 5) -> Any:
        """The client of one service; attempts=1 for a call that must not be told twice."""
        key = (service, region or self.region, attempts or self._attempts, read_timeout)
        with self._lock:
            if key not in self._made:
                self._made[key] = self._make(*key)
            return self._made[key]

    def _make(self, service: str, region: str, attempts: int, read_timeout: float) -> Any:
        """A Region may come from a stranger's text: nobody is called in one that botocore does not know."""
        if not self.partition(region):
            raise NotRead(f"not asked: {region[:40]!r} is no Region")
        # Left to itself boto3 signs links with version 2, which no bucket made since June 2020 takes:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/specify-signature-version.html
        config = Config(
            connect_timeout=2,
            read_timeout=read_timeout,
            retries={"mode": self._mode, "total_max_attempts": attempts},
            user_agent_extra="iam-watchdog",
            max_pool_connections=16,
            signature_version="s3v4" if service == "s3" else None,
        )
        client: Any = self.session.client(
            service,  # type: ignore[call-overload]
            region_name=region,
            endpoint_url=self.endpoint_url,
            config=config,
        )
        client.meta.events.register_first("before-call", self._count)
        if service == "s3control":
            loopback.listen(client)
        return client

    def _count(self, model: Any, **_: object) -> None:
        with self._counting:
            self._counted[f"{model.service_model.service_name}:{model.name}"] += 1

    @property
    def calls(self) -> Mapping[str, int]:
        """How often each operation was called so far (retries by the SDK not counted)."""
        with self._counting:
            return dict(self._counted)

    def read(
        self, service: str, operation: str, *, region: str = "", absent: tuple[str, ...] = (), **params: Any
    ) -> dict[str, Any]:
        """Call one reading operation; {} when AWS says that the thing is not there. Raises NotRead (CannotRead)."""
        what = f"{service} {operation.replace('_', ' ')}"
        try:
            with reading(what):
                answer: dict[str, Any] = getattr(self.get(service, region=region), operation)(**params)
        except NotRead as no:
            if no.code in absent:
                return {}
            raise
        return answer

    def pages(
        self,
        service: str,
        operation: str,
        items: str,
        *,
        limit: int,
        region: str = "",
        absent: tuple[str, ...] = (),
        **params: Any,
    ) -> tuple[tuple[Any, ...], bool]:
        """All pages of one listing up to `limit` items, and whether there are more. Raises NotRead (CannotRead)."""
        try:
            with reading(f"{service} {operation.replace('_', ' ')}"):
                return paged(self.get(service, region=region), operation, items, limit, params)
        except NotRead as no:
            if no.code in absent:
                return (), False
            raise

    def offers(self, service: str, operation: str) -> bool:
        """True if the botocore that is installed knows this operation."""
        if service not in self.session.get_available_services():
            return False
        return hasattr(self.get(service), operation)

    def sold_here(self, service: str) -> bool:
        """False if botocore lists this service for other Regions of the partition, and not for this one."""
        regions = self.session.get_available_regions(service, self.partition(self.region) or "aws")
        return not regions or self.region in regions

    def partition(self, region: str) -> str:
        """The partition of a Region by botocore's list, "" for a Region that it does not know."""
        try:
            return str(self.session.get_partition_for_region(region))
        except BotoCoreError:
            return ""

    def assumed(self, role_arn: str, session_name: str, policy: str | Mapping[str, Any]) -> Clients:
        """Clients of another role for 900 seconds, cut down to `policy`. Raises NotWritten (CannotWrite)."""
        text = policy if isinstance(policy, str) else canonical(policy)
        with writing(f"assume {role_arn}"):
            answer = self.get("sts").assume_role(
                RoleArn=role_arn, RoleSessionName=session_name, Policy=text, DurationSeconds=SESSION_SECONDS
            )
        keys = answer["Credentials"]
        session = boto3.Session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            region_name=self.region,
        )
        return Clients(session, self.endpoint_url, self.region, attempts=self._attempts)
