"""What happens to the installation itself."""

from typing import ClassVar

from procure.kernel.events import Event


class InstallationRecorded(Event):
    """The database was given to its keys and its folder of files, whose mark is the subject."""

    label: ClassVar[str] = "登记平台密钥和文件存放处"
    says: ClassVar[str] = "加密公钥 {recipient}，签名公钥 {verifier}，文件存放处 {subject_id}"
    recipient: str
    verifier: str
    cookie_sha256: str
    mode: str

    @property
    def stream(self) -> str:
        return "installation"
