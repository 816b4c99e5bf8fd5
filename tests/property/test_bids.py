"""Properties of envelopes and of the draw."""

import hashlib
from dataclasses import asdict

import pyrage
from hypothesis import given, settings
from hypothesis import strategies as st

from procure.kernel.events import canonical
from procure.stages.awards.draw import Candidate, draw, order_of, pool_digest, pool_of, record
from procure.stages.bids.sealing import (
    ENVELOPE,
    GROWTH_PERCENT,
    SMALLEST_BUCKET,
    Address,
    Manifest,
    SealedFile,
    bucket,
)

IDENTITY = pyrage.x25519.Identity.generate()
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
fields = st.dictionaries(texts, st.none() | st.booleans() | st.integers() | texts, max_size=6)
files = st.lists(st.builds(SealedFile, texts, texts, st.binary(max_size=3000)), max_size=4)
candidates = st.lists(
    st.builds(
        Candidate,
        st.uuids().map(lambda one: one.hex),
        texts,
        st.sampled_from(["", "甲单位", "乙单位", "丙单位", "丁 单位", "丁单位"]),
        texts,
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)
seeds = st.text("0123456789abcdef", min_size=1, max_size=64)


@settings(max_examples=60, deadline=None)
@given(fields, files)
def test_envelope_gives_back_what_went_in(said: dict, inside: list) -> None:
    address = Address("t", "l", "b", 1)
    sealed = ENVELOPE.seal(str(IDENTITY.to_public()), Manifest(address, "", said), inside)

    opened = ENVELOPE.open(str(IDENTITY), sealed, address)

    assert opened.manifest.fields == said
    assert list(opened.files) == inside


@given(st.integers(0, 200_000_000))
def test_bucket_holds_its_content_and_wastes_little(size: int) -> None:
    step = bucket(size)

    assert step >= size
    assert step == SMALLEST_BUCKET or step * 100 <= size * (100 + GROWTH_PERCENT) + 100
    assert bucket(step) == step


@given(candidates, seeds, st.integers(0, 12), st.randoms(use_true_random=False))
def test_draw_does_not_depend_on_the_order_of_the_pool(
    pool: list[Candidate], seed: str, count: int, random: object
) -> None:
    shuffled = list(pool)
    random.shuffle(shuffled)

    assert draw(pool, seed, count) == draw(shuffled, seed, count)
    assert pool_digest(pool) == pool_digest(shuffled)


@given(candidates, seeds, st.integers(0, 12))
def test_draw_takes_nobody_excluded_and_no_employer_twice(
    pool: list[Candidate], seed: str, count: int
) -> None:
    drawn = draw(pool, seed, count, excluded_employers=["甲单位"])
    employers = ["".join(one.employer.split()) for one in drawn.chosen if one.employer]

    assert len(drawn.chosen) <= count
    assert "甲单位" not in employers
    assert len(employers) == len(set(employers))
    assert {one.id for one in drawn.chosen}.isdisjoint(one.id for one in drawn.skipped)


@given(candidates, seeds, st.integers(1, 12))
def test_draw_is_repeated_from_its_record_by_the_standard_library(
    pool: list[Candidate], seed: str, count: int
) -> None:
    kept = record(pool, seed, [])

    by_hand = sorted(
        kept["pool"], key=lambda one: hashlib.sha256(f"{seed}:{one['id']}".encode()).hexdigest()
    )
    assert [one["id"] for one in by_hand] == [one.id for one in order_of(pool_of(kept), seed)]
    digest = hashlib.sha256(canonical({"pool": kept["pool"]}).encode()).hexdigest()
    assert digest == kept["pool_sha256"]
    assert [asdict(one) for one in pool_of(kept)] == kept["pool"]


@given(candidates, seeds, st.integers(1, 3))
def test_replacement_is_the_next_of_the_same_draw(
    pool: list[Candidate], seed: str, count: int
) -> None:
    first = draw(pool, seed, count)
    more = draw(pool, seed, count + 1)
    if len(more.chosen) <= count:
        return
    others = [one.employer for one in first.chosen[:-1]]
    used = [one.id for one in first.chosen]

    taken = draw(pool, seed, 1, used_ids=used, seated_employers=others)

    assert taken.chosen
    assert taken.chosen[0].id not in used
