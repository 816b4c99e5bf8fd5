"""What happens to the installation itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from procure.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class InstallationRecorded(Event):
    """The database was given to its keys and its folder of files, whose mark is the subject."""

    label: ClassVar[str] = "登记平台密钥和文件存放处"
    recipient: str
    verifier: str
    cookie_sha256: str
    mode: str

    @property
    def stream(self) -> str:
        return "installation"

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"加密公钥 {data['recipient']}，签名公钥 {data['verifier']}，文件存放处 {data['subject_id']}"
