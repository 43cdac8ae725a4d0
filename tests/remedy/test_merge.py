"""Merging puts statements together and allows no pair of action and resource that nobody asked for."""

from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.model import Allow
from iam_watchdog.remedy.merge import merge

actions = st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
resources = st.sampled_from(["arn:aws:s3:::b/x/*", "arn:aws:s3:::b/y/*", "arn:aws:s3:::c/z"])
tied = st.sampled_from([(), (("StringEquals", "aws:ResourceAccount", ("111122223333",)),)])
allows = st.builds(lambda a, r, c: Allow((a,), (r,), c), actions, resources, tied)


def pairs(given_: object) -> set[tuple[str, str, object]]:
    return {(a, r, s.conditions) for s in given_ for a in s.actions for r in s.resources}  # type: ignore[attr-defined]


def test_one_directory_with_two_actions_is_one_statement() -> None:
    merged = merge(
        [Allow(("s3:PutObject",), ("arn:aws:s3:::b/x/*",)), Allow(("s3:GetObject",), ("arn:aws:s3:::b/x/*",))]
    )
    assert merged == (Allow(("s3:GetObject", "s3:PutObject"), ("arn:aws:s3:::b/x/*",)),)


@given(st.lists(allows, max_size=12))
def test_merging_neither_adds_nor_loses_a_pair(given_: list[Allow]) -> None:
    merged = merge(given_)
    assert pairs(merged) == pairs(given_)
    assert len(merged) <= max(len(given_), 0)
