"""The platform's keys: made once, kept private, good for wrapping and signing."""

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from procure.config import UnsafeConfiguration
from procure.store.secrets import PlatformKey, is_signed, make_keys


def made_key(folder: Path) -> PlatformKey:
    make_keys(folder)
    return PlatformKey(folder)


@pytest.mark.parametrize("lost", ["platform.age", "platform.ed25519"])
def test_lost_key_is_named_and_never_replaced(tmp_path: Path, lost: str) -> None:
    make_keys(tmp_path)
    (tmp_path / lost).unlink()
    key = PlatformKey(tmp_path)

    with pytest.raises(UnsafeConfiguration, match=f"没有密钥文件 {lost}"):
        _ = key.recipient, key.public_key
    assert not (tmp_path / lost).exists()


def test_unwrap_gives_back_what_was_wrapped_also_after_a_restart(tmp_path: Path) -> None:
    wrapped = made_key(tmp_path / "secrets").wrap(b"a secret")

    assert b"a secret" not in wrapped
    assert made_key(tmp_path / "secrets").unwrap(wrapped) == b"a secret"


def test_unwrap_with_another_platform_is_refused(tmp_path: Path) -> None:
    wrapped = made_key(tmp_path / "one").wrap(b"a secret")

    with pytest.raises(ValueError, match="another key"):
        made_key(tmp_path / "other").unwrap(wrapped)


def test_unwrap_of_a_damaged_wrapping_is_refused(tmp_path: Path) -> None:
    key = made_key(tmp_path)
    wrapped = bytearray(key.wrap(b"a secret"))
    wrapped[-1] ^= 1

    with pytest.raises(ValueError, match="damaged"):
        key.unwrap(bytes(wrapped))


def test_sign_is_checked_by_the_public_key_alone(tmp_path: Path) -> None:
    key = made_key(tmp_path)
    signature = key.sign(b"receipt")

    assert is_signed(b"receipt", signature, key.public_key)
    assert not is_signed(b"receipt.", signature, key.public_key)
    assert not is_signed(b"receipt", signature, made_key(tmp_path / "other").public_key)
    assert not is_signed(b"receipt", "no base64", key.public_key)
    assert len(base64.b64decode(key.public_key)) == 32


def test_key_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    key = made_key(tmp_path / "secrets")
    key.sign(b"x")
    key.wrap(b"x")

    files = sorted((tmp_path / "secrets").iterdir())
    assert [file.name for file in files] == ["cookie.key", "platform.age", "platform.ed25519"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0


def test_processes_that_start_together_end_with_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        recipients = set(pool.map(lambda _: made_key(tmp_path).recipient, range(32)))

    assert len(recipients) == 1
    assert len(list(tmp_path.iterdir())) == 3
