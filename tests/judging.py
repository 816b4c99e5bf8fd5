"""Uploads of a test run: the same bytes are judged once.

The look into a file starts a process of its own, and most tests hand in the same empty page.
"""

import pickle
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from procure.registers.documents.judging.answers import Judgement
from procure.registers.documents.judging.child import judge_apart
from tests.once import leave


@dataclass
class Judge:
    """What the judges' process has said of the files of this run that it took; in a folder that the
    processes of the run share.
    """

    folder: Path

    def judge(self, content: bytes, media_type: str) -> Judgement:
        """The judgement. Raises Unfit, as often as it is asked."""
        kept = self.folder / sha256(media_type.encode() + b" " + content).hexdigest()
        if kept.exists():
            said: Judgement = pickle.loads(kept.read_bytes())
            return said
        said = judge_apart(content, media_type)
        leave(kept, pickle.dumps(said))
        return said
