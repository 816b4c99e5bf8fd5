"""Uploads of a test run: the same bytes are judged once a process.

The look into a file starts a process of its own, and most tests hand in the same empty page.
"""

from dataclasses import dataclass, field
from hashlib import sha256

from procure.registers.documents.judging.answers import Judgement
from procure.registers.documents.judging.child import judge_apart


@dataclass
class Judge:
    """What the judges' process has said of the files of this run that it took."""

    _said: dict[tuple[str, str], Judgement] = field(default_factory=dict)

    def judge(self, content: bytes, media_type: str) -> Judgement:
        """The judgement. Raises Unfit, as often as it is asked."""
        key = sha256(content).hexdigest(), media_type
        if key not in self._said:
            self._said[key] = judge_apart(content, media_type)
        return self._said[key]
