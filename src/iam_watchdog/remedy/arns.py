"""ARNs taken apart by position, never by a dot or a slash that a name may hold itself."""

from __future__ import annotations

KINDS_OF_ONE = {
    "codeartifact": ("domain", "repository", "package"),
    "kafka": ("cluster", "topic", "group", "transactional-id"),
    "schemas": ("registry", "schema"),
}
"""Service → kinds whose ARNs repeat the names above them behind another first word: topic/<the cluster's names>/…"""


def part(arn: str, index: int) -> str:
    """One of the six colon-separated parts (0 arn, 1 partition, 2 service, 3 region, 4 account, 5 the rest), or ""."""
    parts = arn.split(":", 5)
    return parts[index] if len(parts) == 6 and parts[0] == "arn" else ""


def is_arn(text: str | None) -> bool:
    """True for anything in the shape of an ARN."""
    return bool(text) and part(str(text), 2) != ""


def account_of(arn: str) -> str:
    """The account that an ARN names, or ""; S3 ARNs name none, AWS's own policies are in "account" `aws`."""
    account = part(arn, 4)
    return account if len(account) == 12 and account.isdigit() else ""


def unmasked(resource: str, account: str) -> str:
    """API Gateway shows only the last digits of the account; they tell whether it is the function's own."""
    shown = part(resource, 4)
    digits = shown.lstrip("*")
    if digits == shown or not digits or not account.endswith(digits):
        return resource
    head, tail = resource.split(shown, 1)
    return f"{head}{account}{tail}"


def covers(owner: str, resource: str) -> bool:
    """True if a policy on `owner` is the resource policy of `resource`: the bucket's for its objects, and so on."""
    return owner == resource or resource.startswith((f"{owner}/", f"{owner}:")) or _beside(owner, resource)


def _beside(owner: str, resource: str) -> bool:
    """A policy that stands beside what it speaks of: Glue has one for the whole catalog."""
    head, whole = owner.split(":", 5), resource.split(":", 5)
    if len(whole) != 6 or head[:5] != whole[:5]:
        return False
    kind, _, above = head[5].partition("/")
    other, _, below = whole[5].partition("/")
    known = KINDS_OF_ONE.get(head[2], ())
    if kind in known and other in known:
        return known.index(kind) < known.index(other) and f"{below}/".startswith(f"{above}/")
    return head[2] == "glue" and head[5] == "catalog"


def place_and_key(resource: str) -> tuple[str, str, str]:
    """An S3 object as its bucket or access point, what separates them and its key; the last two "" for these alone."""
    through = part(resource, 5).startswith("accesspoint/")
    place, separator, key = resource.partition("/object/" if through else "/")
    return place, separator, key


def role_name(principal: str) -> str:
    """The role behind `role/path/Name` or `assumed-role/Name/session`, or "" for any other principal."""
    kind, _, rest = part(principal, 5).partition("/")
    if kind == "assumed-role":
        return rest.partition("/")[0]
    return rest.rsplit("/", 1)[-1] if kind == "role" else ""


def session_name(principal: str) -> str:
    """The session of an assumed role, or ""."""
    kind, _, rest = part(principal, 5).partition("/")
    return rest.partition("/")[2] if kind == "assumed-role" else ""
