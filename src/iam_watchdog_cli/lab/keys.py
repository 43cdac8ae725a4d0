"""Makes the lab's one admin, and makes the emulator forget that anybody is root."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
ADMIN = "lab-admin"


@dataclass(frozen=True, slots=True)
class Key:
    """An access key; the secret is not shown when the key is printed."""

    access_key: str
    secret_key: str

    def __repr__(self) -> str:
        return f"Key({self.access_key}, …)"


def fresh() -> Key:
    """A key that nobody knows; its id looks like one of AWS's."""
    return Key("AKIA" + "".join(secrets.choice(ALPHABET) for _ in range(16)), secrets.token_urlsafe(30))


def only(admin: Key) -> None:
    """Let this key alone in, as an IAM user with all rights: the emulator checks no signature of a root key.

    `test`, any twelve digits and the empty key stop being root.
    """
    from ministack.core import iam_evaluator
    from ministack.services import iam, sts

    iam_evaluator.is_root_access_key = sts.is_root_access_key = lambda access_key_id: False
    iam_evaluator.enforce = _open_urls(iam_evaluator.enforce)
    iam._create_user({"UserName": [ADMIN]})
    iam.attach_managed_policy(iam._users[ADMIN], "arn:aws:iam::aws:policy/AdministratorAccess")
    iam._access_keys[admin.access_key] = {
        "UserName": ADMIN,
        "AccessKeyId": admin.access_key,
        "SecretAccessKey": admin.secret_key,
        "Status": "Active",
        "CreateDate": iam._now(),
    }


def _open_urls(original: Callable[..., Any]) -> Callable[..., Any]:
    """A function URL may be called without a key; its handler refuses that itself where AuthType is AWS_IAM."""

    def enforce(access_key_id: str, action: str, *args: Any, **options: Any) -> Any:
        if action == "lambda:InvokeFunctionUrl" and not access_key_id:
            return None
        return original(access_key_id, action, *args, **options)

    return enforce
