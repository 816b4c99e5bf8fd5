"""What a judge may answer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from procure.kernel.uploads import Outcome


@dataclass(frozen=True)
class Judgement:
    """A file that is taken. `content` are the bytes to keep where they are not the ones given;
    `notes` say what was cleaned or what to mind, a sentence each.
    """

    outcome: Outcome = Outcome.TAKEN
    notes: tuple[str, ...] = ()
    content: bytes | None = None


class Unfit(Exception):
    """A file that is not taken: `what` is wrong with it, to follow its name, and what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


Judge = Callable[[bytes], Judgement]


def damaged() -> Unfit:
    """For a file that its own programs would not open."""
    return Unfit("已损坏，无法打开", "请打开文件核对，另存一份后重新上传。")


def judged(cleaned: Iterable[str], warnings: Iterable[str], content: bytes) -> Judgement:
    """The judgement that follows from what was cleaned, what is to be minded, and the new bytes."""
    removed, minded = tuple(dict.fromkeys(cleaned)), tuple(dict.fromkeys(warnings))
    if removed:
        return Judgement(Outcome.CLEANED, removed + minded, content)
    return Judgement(Outcome.WARNED, minded) if minded else Judgement()
