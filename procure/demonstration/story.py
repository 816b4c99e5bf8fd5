"""Stories: what a real project told, and what had to be invented around it, read from YAML."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from procure.kernel.errors import NotFound

FOLDER = Path(__file__).parent / "stories"


@dataclass(frozen=True)
class Story:
    """A story file: `facts` as published, `invented` for the demonstration."""

    id: str
    title: str
    facts: dict[str, Any]
    invented: dict[str, Any]


def story_names() -> list[str]:
    """The stories that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_story(name: str) -> Story:
    """Read a story; NotFound names those there are."""
    if name not in story_names():
        raise NotFound(f"没有名为“{name}”的故事，可用的有：{'、'.join(story_names())}。")
    told = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return Story(told["id"], told["title"], told["facts"], told["invented"])
