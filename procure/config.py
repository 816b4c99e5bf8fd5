"""Settings from the environment: typed, checked at start, unsafe ones refused by name."""

import fcntl
import logging
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import IPv6Network, ip_network
from pathlib import Path
from urllib.parse import quote, urlsplit

from procure.kernel.addresses import Network, beyond_one_owner
from procure.kernel.contacts import email_fault
from procure.kernel.text import clean

log = logging.getLogger(__name__)

CHECKOUT = Path(__file__).resolve().parent.parent
COOKIE_KEY = "cookie.key"

SETTINGS = frozenset(
    {
        "PROCURE_MODE",
        "PROCURE_DATABASE_URL",
        "PROCURE_SINGLE_MACHINE",
        "PROCURE_DATA_DIR",
        "PROCURE_SECRET_DIR",
        "PROCURE_MAIL_URL",
        "PROCURE_MAIL_FROM",
        "PROCURE_SUPPORT_CONTACT",
        "PROCURE_STORAGE_URL",
        "PROCURE_PUBLIC_URL",
        "PROCURE_TRUSTED_PROXY",
    }
)
"""Every variable that people set."""

OF_SET_UP = frozenset({"PROCURE_SYSROOT"})
"""Those that the scripts set for the programs they start."""

LOCAL_SENDER = "procure@localhost"

WRAPPED_IPV4 = IPv6Network("::ffff:0:0/96")


class Mode(StrEnum):
    """How the installation is used."""

    DEMO = "demo"
    PRODUCTION = "production"


DEFAULT_CONTACT = {Mode.DEMO: "平台运行中心，电话 0756-0000001（虚构）", Mode.PRODUCTION: ""}
"""Whom the pages name for help when nothing is set."""


MAIL_SCHEMES = frozenset({"smtp", "smtps"})
"""How mail may be sent: both encrypted, by STARTTLS or from the first byte."""

FILE_SCHEME = "file://"

FOLDERS = {
    "PROCURE_DATA_DIR": "/srv/procure/data",
    "PROCURE_SECRET_DIR": "/srv/procure/secrets",
}
"""Settings that are the path of a folder, each with an example."""


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
    mail_from: str = LOCAL_SENDER
    support_contact: str = ""
    trusted_proxies: tuple[Network, ...] = ()

    @property
    def is_demo(self) -> bool:
        """Whether the demonstration's clock and one-click entry exist."""
        return self.mode is Mode.DEMO

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite")


def from_environment(
    environment: Mapping[str, str] | None = None, *, before_keys: bool = False
) -> Config:
    """Read and check the settings; UnsafeConfiguration names what is wrong with which one.

    `before_keys` is for the command that makes the keys: without it production refuses to go on
    when there are none, and the demonstration makes its own.
    """
    env = os.environ if environment is None else environment
    _check_names(env)
    _require_mode(env)
    mode = _mode(env)
    data_dir = _data_dir(env)
    secret_dir = Path(env.get("PROCURE_SECRET_DIR") or data_dir / "secrets").absolute()
    if mode is Mode.PRODUCTION:
        _check_paths(env)
        _check_secrets(secret_dir, env)
    config = Config(
        mode=mode,
        database_url=_database_url(env),
        data_dir=data_dir,
        secret_dir=secret_dir,
        mail_url=env.get("PROCURE_MAIL_URL", ""),
        storage_url=_storage_url(env),
        secret_key=_cookie_key(secret_dir, makes=mode is Mode.DEMO and not before_keys),
        public_url=(env.get("PROCURE_PUBLIC_URL") or "http://127.0.0.1:8000").rstrip("/"),
        mail_from=_sender(env),
        support_contact=_contact(env) or DEFAULT_CONTACT[mode],
        trusted_proxies=_trusted(env.get("PROCURE_TRUSTED_PROXY", "")),
    )
    _check(config, env)
    if not before_keys:
        _check_cookie_key(config)
    return config


def database_from_environment(environment: Mapping[str, str] | None = None) -> str:
    """The database's address alone, checked: whoever migrates it need not hold the keys."""
    env = os.environ if environment is None else environment
    _check_names(env)
    url = _database_url(env)
    _check_database(url, _mode(env), env)
    return url


def _mode(env: Mapping[str, str]) -> Mode:
    try:
        return Mode(env.get("PROCURE_MODE") or "demo")
    except ValueError:
        raise UnsafeConfiguration("PROCURE_MODE 只能是 demo 或 production。") from None


def _check_names(env: Mapping[str, str]) -> None:
    """Name settings that there are not: what was meant would silently keep its default.

    Production refuses them; the demonstration goes on.
    """
    unknown = sorted(name for name in env if name.startswith("PROCURE_"))
    told = "、".join(_with_nearest(name) for name in unknown if name not in SETTINGS | OF_SET_UP)
    if not told:
        return
    words = f"不认识的设置：{told}。请核对名称；不需要的请去掉。"
    if _mode(env) is Mode.PRODUCTION:
        raise UnsafeConfiguration(words)
    log.warning("%s", words)


def _with_nearest(name: str) -> str:
    # The prefix is common to all and would make any name look near.
    bare = [known.removeprefix("PROCURE_") for known in sorted(SETTINGS)]
    near = get_close_matches(name.removeprefix("PROCURE_"), bare, 1)
    return f"{name}（是不是 PROCURE_{near[0]}？）" if near else name


def _require_mode(env: Mapping[str, str]) -> None:
    """Refuse to take for a demonstration, whose passwords everybody knows, what looks like more."""
    signs = {
        "PROCURE_DATABASE_URL 是 PostgreSQL": env.get("PROCURE_DATABASE_URL", "").startswith(
            "postgres"
        ),
        "PROCURE_PUBLIC_URL 是 https 网址": env.get("PROCURE_PUBLIC_URL", "").startswith("https:"),
    }
    found = [words for words, holds in signs.items() if holds]
    if found and not env.get("PROCURE_MODE"):
        raise UnsafeConfiguration(
            f"没有设置 PROCURE_MODE，而 {'、'.join(found)}。演示模式的密码人人知道，时钟可以拨动。"
            "请写明 PROCURE_MODE=production；确实是演示的，写明 PROCURE_MODE=demo。"
        )


def _data_dir(env: Mapping[str, str]) -> Path:
    return Path(env.get("PROCURE_DATA_DIR") or CHECKOUT / "var").absolute()


def _database_url(env: Mapping[str, str]) -> str:
    return env.get("PROCURE_DATABASE_URL") or f"sqlite:///{_data_dir(env) / 'procure.db'}"


def _storage_url(env: Mapping[str, str]) -> str:
    return env.get("PROCURE_STORAGE_URL") or f"{FILE_SCHEME}{_data_dir(env) / 'files'}"


def root_of(storage_url: str) -> Path:
    """The folder of files. Raises UnsafeConfiguration for anything but file:// and a full path."""
    if not storage_url.startswith(FILE_SCHEME):
        raise UnsafeConfiguration("PROCURE_STORAGE_URL 目前只支持 file:// 文件夹。")
    root = Path(storage_url.removeprefix(FILE_SCHEME))
    _require_full_path("PROCURE_STORAGE_URL", root, "file:///srv/procure/files，三条斜线")
    return root


def _sender(env: Mapping[str, str]) -> str:
    """Whom letters come from: an address, alone or in <> behind a name."""
    named = clean(env.get("PROCURE_MAIL_FROM", "")) or LOCAL_SENDER
    address = parseaddr(named)[1] if named.endswith(">") else named
    fault = None if address == LOCAL_SENDER else email_fault(address)
    if fault:
        raise UnsafeConfiguration(
            f"PROCURE_MAIL_FROM 不是邮箱地址：{fault}请写成 procure@example.gov.cn，"
            "或者 采购平台 <procure@example.gov.cn>。"
        )
    return named


def _contact(env: Mapping[str, str]) -> str:
    named = env.get("PROCURE_SUPPORT_CONTACT", "")
    contact = clean(named)
    if named and not contact:
        raise UnsafeConfiguration(
            "PROCURE_SUPPORT_CONTACT 里没有看得见的文字。请写明向谁求助，"
            "例如 平台运行中心，电话 0756-0000000；不写的，请去掉这一行。"
        )
    return contact


def _cookie_key(folder: Path, *, makes: bool) -> str:
    path = folder / COOKIE_KEY
    return read_or_make(path, new_cookie_key) if makes else read_key(path)


def _proxies(named: str) -> Iterator[Network]:
    """The networks of a list with commas."""
    for word in filter(None, (part.strip() for part in named.split(","))):
        try:
            network = ip_network(word)
        except ValueError:
            raise UnsafeConfiguration(
                f"PROCURE_TRUSTED_PROXY 里的“{word}”不是地址，也不是网段。请写反向代理的地址，"
                "例如 127.0.0.1 或 10.0.8.0/24，多个用逗号分开。"
            ) from None
        if isinstance(network, IPv6Network) and network.subnet_of(WRAPPED_IPV4):
            raise UnsafeConfiguration(
                f"PROCURE_TRUSTED_PROXY 里的 {word} 是写成 IPv6 的 IPv4 地址，请直接写 IPv4 地址。"
            )
        yield network


def _trusted(named: str) -> tuple[Network, ...]:
    """The named networks; so many addresses that anybody may have one of them name nobody."""
    networks = tuple(_proxies(named))
    wide = beyond_one_owner(networks)
    if wide:
        raise UnsafeConfiguration(
            f"PROCURE_TRUSTED_PROXY 里的 {'、'.join(map(str, wide))} 太宽，这些地址里的任何人都可以冒充别的地址。"
            "请只写反向代理自己的地址；内网和本机的网段以外，IPv4 合起来不超过一个 /8，IPv6 不超过一个 /32。"
        )
    return networks


def new_cookie_key() -> str:
    """A fresh key that signs cookies."""
    return secrets.token_hex(32)


def missing_key(path: Path) -> UnsafeConfiguration:
    """The refusal to go on without a key that should be there."""
    return UnsafeConfiguration(
        f"PROCURE_SECRET_DIR 指向的文件夹 {path.parent} 里没有密钥文件 {path.name}。"
        "平台已经用过的，请放回或挂载原来的密钥文件夹；新装的平台，请先运行 procure keys create。"
    )


def _check_cookie_key(config: Config) -> None:
    if not config.secret_key:
        raise missing_key(config.secret_dir / COOKIE_KEY)
    if config.mode is Mode.PRODUCTION and len(config.secret_key) < 32:
        raise UnsafeConfiguration(f"PROCURE_SECRET_DIR 中的 {COOKIE_KEY} 太短，至少 32 个字符。")


def read_or_make(path: Path, make: Callable[[], str]) -> str:
    """The text of a key file, made at the first call; processes that start together end with one.

    An empty file is one whose maker was stopped before writing: the key is made now.
    """
    found = read_key(path)
    if found:
        return found
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with alone_in(path.parent) as folder:
        found = read_key(path)
        if not found:
            found = make()
            _put(path, found)
            os.fsync(folder)
    return found


def read_key(path: Path) -> str:
    """The text of a key file, empty when there is none or its maker was stopped before writing."""
    with suppress(FileNotFoundError):
        return path.read_text(encoding="ascii").strip()
    return ""


@contextmanager
def alone_in(folder: Path) -> Iterator[int]:
    """Hold the folder against other processes; gives its descriptor."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def _put(path: Path, text: str) -> None:
    """Write a private file that is there whole or not at all."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _check_paths(env: Mapping[str, str]) -> None:
    for setting, example in FOLDERS.items():
        if env.get(setting):
            _require_full_path(setting, Path(env[setting]), example)


def _check_secrets(folder: Path, env: Mapping[str, str]) -> None:
    """Refuse keys that anybody but this process's user can read, or could have laid there."""
    if not env.get("PROCURE_SECRET_DIR"):
        raise UnsafeConfiguration("生产环境必须设置 PROCURE_SECRET_DIR（密钥文件夹，权限 0700）。")
    if not folder.is_dir():
        raise UnsafeConfiguration("PROCURE_SECRET_DIR 指向的文件夹不存在，请先建立并设为 0700。")
    folder = folder.resolve()
    found = os.lstat(folder)
    _require_own(folder, found)
    if found.st_mode & 0o077:
        raise UnsafeConfiguration(
            f"PROCURE_SECRET_DIR 的权限必须是 0700，现在是 {stat.S_IMODE(found.st_mode):04o}，"
            f"其他用户可以进入。请运行 chmod 700 {folder}。"
        )
    for path in sorted(folder.iterdir()):
        # Another process that starts now may be done with its draft.
        with suppress(FileNotFoundError):
            _check_key(path, os.lstat(path))


def _check_key(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise UnsafeConfiguration(
            f"密钥文件夹里的 {path} 不是普通文件。请把密钥本身放在这里，移走链接和其他内容。"
        )
    _require_own(path, found)
    if found.st_mode & 0o177:
        raise UnsafeConfiguration(
            f"密钥文件 {path} 的权限必须是 0600，现在是 {stat.S_IMODE(found.st_mode):04o}，"
            f"其他用户可能已经读到。请运行 chmod 600 {path}，并考虑更换这把密钥。"
        )


def _data_folders(url: str, env: Mapping[str, str]) -> tuple[tuple[str, Path], ...]:
    """Where one machine keeps its data: the platform's own, the database's, the files', each with
    the setting that says so.
    """
    database = Path(urlsplit(url).path.removeprefix("/"))
    _require_full_path(
        "PROCURE_DATABASE_URL", database, "sqlite:////srv/procure/procure.db，四条斜线"
    )
    return (
        ("PROCURE_DATA_DIR", _data_dir(env)),
        ("PROCURE_DATABASE_URL", database.parent),
        ("PROCURE_STORAGE_URL", root_of(_storage_url(env))),
    )


def _require_full_path(setting: str, path: Path, example: str) -> None:
    """Refuse a path that means another place in each folder a command is run in."""
    if not path.is_absolute():
        raise UnsafeConfiguration(
            f"{setting} 指向的 {path} 要写成从 / 开始的完整的路径，例如 {example}；"
            "否则换一个文件夹运行，指的就是另一个地方。"
        )


def _require_folder(setting: str, folder: Path) -> None:
    """Refuse a folder that is not there: production makes none, since a name mistyped would begin
    an empty platform beside the real one.
    """
    if not folder.is_dir():
        raise UnsafeConfiguration(
            f"{setting} 指向的文件夹 {folder} 不存在。请核对有没有写错、有没有挂载；"
            f"确实是新装的，请先建立：mkdir -p -m 700 {folder}。"
        )


def _check_data(folders: Iterable[tuple[str, Path]]) -> None:
    """Refuse data that another user of this one machine can read: no server stands before it.

    What lies in a private folder is private, and made there by the commands that set up.
    """
    private: list[Path] = []
    for setting, asked in folders:
        folder = asked.resolve()
        if any(folder.is_relative_to(other) for other in private):
            continue
        _require_folder(setting, folder)
        found = os.lstat(folder)
        _require_own(folder, found, "数据")
        if found.st_mode & 0o077:
            raise UnsafeConfiguration(
                f"数据文件夹 {folder} 的权限必须是 0700，现在是 {stat.S_IMODE(found.st_mode):04o}，"
                "这台机器的其他用户可以读到数据库和文件，包括没有开标的投标和个人信息。"
                f"请运行 chmod 700 {folder}，再启动。"
            )
        private.append(folder)


def _require_own(path: Path, found: os.stat_result, what: str = "密钥") -> None:
    if found.st_uid != os.geteuid():
        raise UnsafeConfiguration(
            f"{path} 属于另一个系统用户（编号 {found.st_uid}），{what}可能被他更换。"
            f"请用 chown 改为运行本程序的用户（编号 {os.geteuid()}）。"
        )


def _check(config: Config, env: Mapping[str, str]) -> None:
    root_of(config.storage_url)
    if config.mode is Mode.PRODUCTION:
        _check_production(config, env)
    _check_database(config.database_url, config.mode, env)


def _check_production(config: Config, env: Mapping[str, str]) -> None:
    _check_mail(config.mail_url)
    if not config.public_url.startswith("https://"):
        raise UnsafeConfiguration("生产环境的 PROCURE_PUBLIC_URL 必须以 https:// 开头。")
    if env.get("FLASK_DEBUG") not in (None, "", "0"):
        raise UnsafeConfiguration("生产环境不能打开 FLASK_DEBUG。")
    _require_folder("PROCURE_DATA_DIR", config.data_dir)
    if env.get("PROCURE_STORAGE_URL"):
        _require_folder("PROCURE_STORAGE_URL", root_of(config.storage_url))


def _has_plain_port(url: str) -> bool:
    try:
        return (urlsplit(url).port or 1) > 0
    except ValueError:
        return False


def _check_account(setting: str, url: str, signs: str) -> None:
    """Refuse an account or password with a sign that would end it where it stands in an address.

    The words tell the sign and nothing else of the password.
    """
    account = url.partition("://")[2].rpartition("@")[0]
    found = dict.fromkeys(re.findall(rf"[{re.escape(signs)}\s]|%(?![0-9A-Fa-f]{{2}})", account))
    if found:
        written = "，".join(
            f"{'空格' if sign == ' ' else sign} 写成 {quote(sign, safe='')}" for sign in found
        )
        raise UnsafeConfiguration(
            f"{setting} 的账号或密码里有网址不能直接写的符号，要写成百分号编码：{written}。"
        )


def _check_database(url: str, mode: Mode, env: Mapping[str, str]) -> None:
    if not url.startswith(("sqlite", "postgresql")):
        raise UnsafeConfiguration("PROCURE_DATABASE_URL 只支持 sqlite 与 postgresql。")
    if url.startswith("postgresql"):
        _check_account("PROCURE_DATABASE_URL", url, "/?#[]@")
    if not _has_plain_port(url):
        raise UnsafeConfiguration(
            "PROCURE_DATABASE_URL 的主机和端口写法不对，端口应是一个整数。两台数据库互为备用的，写成"
            " postgresql://账号:密码@/数据库?host=主机一:5432&host=主机二:5432。"
        )
    if mode is Mode.DEMO or not url.startswith("sqlite"):
        return
    if env.get("PROCURE_SINGLE_MACHINE") != "yes":
        raise UnsafeConfiguration(
            "生产环境使用 PostgreSQL，请设置 PROCURE_DATABASE_URL=postgresql://…。"
            "只有一台机器、人数不多，确定要用内置的 SQLite 时，请设置 PROCURE_SINGLE_MACHINE=yes。"
        )
    _check_data(_data_folders(url, env))


def _check_mail(url: str) -> None:
    """Refuse a way of sending mail that would carry people's names and cases in clear."""
    if not url:
        raise UnsafeConfiguration("生产环境必须设置 PROCURE_MAIL_URL，否则提醒邮件发不出去。")
    # The account of a mail server is often a mail address, whose @ does no harm.
    _check_account("PROCURE_MAIL_URL", url, "/?#[]")
    try:
        parts = urlsplit(url)
        known = bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        known = False
    if not known or parts.scheme not in MAIL_SCHEMES:
        raise UnsafeConfiguration(
            "PROCURE_MAIL_URL 只能是 smtps://…（加密）或 smtp://…（用 STARTTLS 加密），"
            "例如 smtps://用户:密码@主机:465。"
        )
