"""Whether keys and files are those of the database: asked at every start and by /readyz."""

from procure.kernel.errors import ALLOWED, Verdict, refused
from procure.registers.installation.models import Marks

MODE_RULE = "演示和生产的数据互不混用"
RULE = "密钥、文件和数据库属于同一个平台，封存的投标才能在开标时打开"


PRODUCTION, DEMO = "production", "demo"

OTHER_MODES = {
    (PRODUCTION, DEMO): (
        "这个数据库是生产数据，演示模式会让任何人不用密码就进入，也会清空数据。",
        "请设置 PROCURE_MODE=production，或核对 PROCURE_DATABASE_URL 没有写错。",
    ),
    (DEMO, PRODUCTION): (
        "这个数据库是演示数据，账号的密码人人知道，不能用于生产。",
        "请另建一个空的数据库，或核对 PROCURE_DATABASE_URL 没有写错。",
    ),
}
"""What is wrong, and what to do, when a database claimed in one mode is opened in the other."""


def may_use_mode(recorded: str, mode: str) -> Verdict:
    """Whether a database claimed in one mode may be opened in this one."""
    reason, remedy = OTHER_MODES.get((recorded, mode), ("", ""))
    return refused(reason, rule=MODE_RULE, remedy=remedy) if reason else ALLOWED


def may_use_keys(recorded: Marks, found: Marks, secrets: str) -> Verdict:
    """Whether the keys found in the folder `secrets` are the database's."""
    other = [
        name
        for name, same in (
            ("platform.age", recorded.recipient == found.recipient),
            ("platform.ed25519", recorded.verifier == found.verifier),
            ("cookie.key", recorded.cookie_sha256 == found.cookie_sha256),
        )
        if not same
    ]
    if not other:
        return ALLOWED
    return refused(
        f"PROCURE_SECRET_DIR 指向的文件夹 {secrets} 里的 {'、'.join(other)} 不是这个数据库的密钥。",
        rule=RULE,
        remedy="请放回或挂载原来的密钥文件夹，并核对 PROCURE_DATABASE_URL 没有写错。",
    )


def may_use_store(recorded: Marks, found: Marks, files: str) -> Verdict:
    """Whether the mark found in the folder `files` is that of the database's files."""
    if recorded.store == found.store:
        return ALLOWED
    what = "里没有本平台的标记" if not found.store else "是另一个平台的"
    return refused(
        f"PROCURE_STORAGE_URL 指向的文件夹 {files} {what}（标记文件 .procure-store）。",
        rule=RULE,
        remedy="请挂载原来的文件存放处；搬动过文件的，请连同标记文件一起搬到这里。",
    )
