"""Settings from the environment: typed, checked at start, unsafe ones refused by name."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

CHECKOUT = Path(__file__).resolve().parent.parent


class Mode(StrEnum):
    """How the installation is used."""

    DEMO = "demo"
    PRODUCTION = "production"


class UnsafeConfiguration(RuntimeError):
    """A setting that must not be started with; the message names it."""


@dataclass(frozen=True)
class Config:
    """Everything the environment may decide."""

    mode: Mode
    database_url: str
    data_dir: Path
    secret_dir: Path
    mail_url: str
    storage_url: str
    secret_key: str
    testing: bool = False
    password_hash_cost: str = "normal"  # noqa: S105  a degree, no password
    public_url: str = "http://127.0.0.1:8000"
    mail_from: str = "procure@localhost"

    @property
    def is_demo(self) -> bool:
        """Whether the demonstration's clock and one-click entry exist."""
        return self.mode is Mode.DEMO

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite")


def from_environment(environment: Mapping[str, str] | None = None) -> Config:
    """Read and check the settings; UnsafeConfiguration names what is wrong with which one."""
    env = os.environ if environment is None else environment
    try:
        mode = Mode(env.get("PROCURE_MODE", "demo"))
    except ValueError:
        raise UnsafeConfiguration("PROCURE_MODE 只能是 demo 或 production。") from None
    data_dir = Path(env.get("PROCURE_DATA_DIR") or CHECKOUT / "var").absolute()
    secret_dir = Path(env.get("PROCURE_SECRET_DIR") or data_dir / "secrets").absolute()
    database_url = env.get("PROCURE_DATABASE_URL") or f"sqlite:///{data_dir / 'procure.db'}"
    config = Config(
        mode=mode,
        database_url=database_url,
        data_dir=data_dir,
        secret_dir=secret_dir,
        mail_url=env.get("PROCURE_MAIL_URL", ""),
        storage_url=env.get("PROCURE_STORAGE_URL") or f"file://{data_dir / 'files'}",
        secret_key=_secret_key(secret_dir, data_dir, mode),
        public_url=(env.get("PROCURE_PUBLIC_URL") or "http://127.0.0.1:8000").rstrip("/"),
        mail_from=env.get("PROCURE_MAIL_FROM") or "procure@localhost",
    )
    _check(config, env)
    return config


def _secret_key(secret_dir: Path, data_dir: Path, mode: Mode) -> str:
    """The key that signs cookies, made once and kept in a folder only this user can read."""
    if mode is Mode.PRODUCTION and not secret_dir.is_dir():
        raise UnsafeConfiguration("PROCURE_SECRET_DIR 指向的文件夹不存在，请先建立并设为 0700。")
    secret_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = secret_dir / "cookie.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def _check(config: Config, env: Mapping[str, str]) -> None:
    scheme = urlsplit(config.database_url).scheme
    if not scheme.startswith(("sqlite", "postgresql")):
        raise UnsafeConfiguration("PROCURE_DATABASE_URL 只支持 sqlite 与 postgresql。")
    if not config.storage_url.startswith("file://"):
        raise UnsafeConfiguration("PROCURE_STORAGE_URL 目前只支持 file:// 文件夹。")
    if config.mode is Mode.DEMO:
        return
    if not env.get("PROCURE_SECRET_DIR"):
        raise UnsafeConfiguration("生产环境必须设置 PROCURE_SECRET_DIR（密钥文件夹，权限 0700）。")
    if config.secret_dir.stat().st_mode & 0o077:
        raise UnsafeConfiguration("PROCURE_SECRET_DIR 的权限必须是 0700，现在其他用户可以读取。")
    if len(config.secret_key) < 32:
        raise UnsafeConfiguration("PROCURE_SECRET_DIR 中的 cookie.key 太短，至少 32 个字符。")
    if not config.mail_url:
        raise UnsafeConfiguration("生产环境必须设置 PROCURE_MAIL_URL，否则提醒邮件发不出去。")
    if not config.public_url.startswith("https://"):
        raise UnsafeConfiguration("生产环境的 PROCURE_PUBLIC_URL 必须以 https:// 开头。")
    if env.get("FLASK_DEBUG") not in (None, "", "0"):
        raise UnsafeConfiguration("生产环境不能打开 FLASK_DEBUG。")
