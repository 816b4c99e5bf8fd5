"""What the keys and the folder of files at hand carry, and how a new installation gets its own."""

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from procure.config import Config, UnsafeConfiguration, root_of
from procure.kernel.access import SYSTEM_ACTOR
from procure.kernel.clock import Clock
from procure.kernel.errors import Conflict, Verdict
from procure.registers.documents.storage import mark_own, read_mark
from procure.registers.installation.models import Marks
from procure.registers.installation.policies import may_use_keys, may_use_mode, may_use_store
from procure.registers.installation.queries import recorded_marks
from procure.registers.installation.use_cases import RecordInstallation, record_installation
from procure.store.secrets import WRAPPING_FILE, PlatformKey, make_keys
from procure.store.unit_of_work import UnitOfWork

Wrapped = Sequence[InstrumentedAttribute[Any]]
"""Columns that hold what the platform's key has wrapped."""

NOT_CREATED = (
    "这个数据库还没有登记属于哪一套密钥和哪一个文件存放处。"
    "新装的平台，或者刚从 0.2.0 升级的，请先运行 procure keys create，再启动；原有的密钥不会改动。"
)


def found_marks(config: Config) -> Marks:
    """What the folders of the settings carry now, read anew.

    Raises UnsafeConfiguration for a key that is not there.
    """
    key = PlatformKey(config.secret_dir)
    return Marks(
        recipient=key.recipient,
        verifier=key.public_key,
        cookie_sha256=hashlib.sha256(config.secret_key.encode()).hexdigest(),
        store=read_mark(root_of(config.storage_url)),
        mode=config.mode.value,
    )


def require_own(config: Config, recorded: Marks) -> None:
    """Raise UnsafeConfiguration, naming the setting, unless mode, keys and files are the database's."""
    if not config.testing:
        require_own_mode(config, recorded.mode)
    found = require_own_keys(config, recorded)
    _require(config, may_use_store(recorded, found, str(root_of(config.storage_url))))


def require_own_mode(config: Config, recorded: str) -> None:
    """Raise UnsafeConfiguration for the data of the other mode, `recorded` being the database's."""
    verdict = may_use_mode(recorded, config.mode.value)
    if not verdict.ok:
        raise UnsafeConfiguration(f"{verdict.reason}{verdict.remedy}依据：{verdict.rule}。")


def require_own_keys(config: Config, recorded: Marks) -> Marks:
    """Raise UnsafeConfiguration unless the keys are the database's; what was found otherwise."""
    found = found_marks(config)
    _require(config, may_use_keys(recorded, found, str(config.secret_dir)))
    return found


def _require(config: Config, verdict: Verdict) -> None:
    if verdict.ok:
        return
    raise UnsafeConfiguration(
        f"{verdict.reason}{verdict.remedy}{_again(config)}依据：{verdict.rule}。"
    )


def _again(config: Config) -> str:
    return "演示数据不要紧的，可以用 script/server --fresh 重新开始。" if config.is_demo else ""


def require_opening(session: Session, config: Config, wrapped: Wrapped) -> None:
    """Raise UnsafeConfiguration unless the keys at hand open what a database nobody has claimed
    holds already; keys made anew for it would lose all of it.
    """
    for column in wrapped:
        kept = session.scalars(select(column).where(column.is_not(None)).limit(1)).first()
        if kept is None:
            continue
        try:
            PlatformKey(config.secret_dir).unwrap(kept)
        except ValueError:
            raise UnsafeConfiguration(
                f"PROCURE_SECRET_DIR 指向的文件夹 {config.secret_dir} 里的 {WRAPPING_FILE}"
                " 打不开这个数据库里已有的加密内容。请放回或挂载原来的密钥文件夹。"
            ) from None


def claim(session: Session, config: Config, clock: Clock, wrapped: Wrapped) -> Marks:
    """Give a database nobody has claimed to these keys and this folder, making what is missing.

    Of two processes that do it together both get the same. Raises UnsafeConfiguration as
    `require_opening` and for a folder that has an owner.
    """
    require_opening(session, config, wrapped)
    make_keys(config.secret_dir)
    root = root_of(config.storage_url)
    if config.is_demo:
        root.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        mark_own(root)
    except UnsafeConfiguration as refusal:
        raise UnsafeConfiguration(f"{refusal}{_again(config)}") from refusal
    marks = found_marks(config)
    try:
        with UnitOfWork(session, SYSTEM_ACTOR, clock) as uow:
            record_installation(uow, RecordInstallation(marks))
    except Conflict:
        recorded = recorded_marks(session)
        assert recorded is not None
        return recorded
    return marks
