"""The envelope: what goes in comes out, and nothing that was touched opens."""

from dataclasses import replace

import pyrage
import pytest

from procure.stages.bids.sealing import (
    ENVELOPE,
    SMALLEST_BUCKET,
    Address,
    DamagedEnvelope,
    EnvelopeKind,
    Manifest,
    SealedFile,
    bucket,
    looks_sealed,
)

ADDRESS = Address("tender", "lot", "bidder", 2)
FIELDS = {"price_fen": 17_500_000, "answers": ["甲", "乙"], "hours": None}
FILES = (SealedFile("登记证书.pdf", "application/pdf", b"%PDF-1.4 x"),)


@pytest.fixture(scope="module")
def identity() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


def sealed(identity: pyrage.x25519.Identity, address: Address = ADDRESS) -> bytes:
    manifest = Manifest(address, "2026-03-02T09:00:00+00:00", FIELDS)
    return ENVELOPE.seal(str(identity.to_public()), manifest, FILES)


def test_open_own_envelope_gives_manifest_and_files(identity: pyrage.x25519.Identity) -> None:
    opened = ENVELOPE.open(str(identity), sealed(identity), ADDRESS)

    assert opened.manifest.fields == FIELDS
    assert opened.manifest.address == ADDRESS
    assert opened.files == FILES


@pytest.mark.parametrize(
    "changes",
    [
        {"tender": "other"},
        {"lot": "other"},
        {"bidder": "rival"},
        {"version": 1},
        {"kind": EnvelopeKind.PRICE},
    ],
)
def test_open_envelope_in_another_place_is_refused(
    identity: pyrage.x25519.Identity, changes: dict[str, object]
) -> None:
    moved = replace(ADDRESS, **changes)

    with pytest.raises(DamagedEnvelope, match="不一致"):
        ENVELOPE.open(str(identity), sealed(identity), moved)


def test_open_with_another_tenders_key_is_refused(identity: pyrage.x25519.Identity) -> None:
    other = pyrage.x25519.Identity.generate()

    with pytest.raises(DamagedEnvelope, match="解不开"):
        ENVELOPE.open(str(other), sealed(identity), ADDRESS)


def test_open_with_any_byte_flipped_is_refused(identity: pyrage.x25519.Identity) -> None:
    whole = sealed(identity)
    places = [*range(0, 400), *range(400, len(whole), 997), len(whole) - 1]

    for place in places:
        harmed = bytearray(whole)
        harmed[place] ^= 1
        with pytest.raises(DamagedEnvelope):
            ENVELOPE.open(str(identity), bytes(harmed), ADDRESS)


@pytest.mark.parametrize("length", [0, 1, 200, 60_000])
def test_open_a_piece_is_refused(identity: pyrage.x25519.Identity, length: int) -> None:
    with pytest.raises(DamagedEnvelope):
        ENVELOPE.open(str(identity), sealed(identity)[:length], ADDRESS)


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"something else entirely",
        b"procure-bid/1\n" + (10**6).to_bytes(8, "big"),
        b"procure-bid/1\n" + (2).to_bytes(8, "big") + b"{}",
        b"procure-bid/1\n" + (4).to_bytes(8, "big") + b"null",
    ],
)
def test_open_foreign_content_under_the_right_key_is_refused(
    identity: pyrage.x25519.Identity, packed: bytes
) -> None:
    foreign = pyrage.encrypt(packed, [identity.to_public()])

    with pytest.raises(DamagedEnvelope):
        ENVELOPE.open(str(identity), foreign, ADDRESS)


def test_seal_for_a_recipient_that_is_no_key_is_refused() -> None:
    with pytest.raises(ValueError, match="recipient"):
        ENVELOPE.seal("age1nonsense", Manifest(ADDRESS, "", {}), ())


def test_seal_small_and_smaller_content_look_alike(identity: pyrage.x25519.Identity) -> None:
    """Only age's random stanza makes a difference; the content makes none."""
    small = len(ENVELOPE.seal(str(identity.to_public()), Manifest(ADDRESS, "", {}), ()))
    larger = len(sealed(identity))

    assert abs(small - larger) < 600


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, SMALLEST_BUCKET),
        (SMALLEST_BUCKET, SMALLEST_BUCKET),
        (SMALLEST_BUCKET + 1, SMALLEST_BUCKET * 112 // 100),
    ],
)
def test_bucket_rounds_up(size: int, expected: int) -> None:
    assert bucket(size) == expected


def test_looks_sealed_knows_an_envelope(identity: pyrage.x25519.Identity) -> None:
    assert looks_sealed(sealed(identity))
    assert not looks_sealed(b"%PDF-1.4" + bytes(SMALLEST_BUCKET))
    assert not looks_sealed(b"age-encryption.org/v1\n")
