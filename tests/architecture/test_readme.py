"""What the README shows of the program is what the program says of itself."""

from pathlib import Path

from procure.cli.lifecycle import table

README = Path(__file__).resolve().parents[2] / "README.md"


def test_readme_shows_the_lifecycle_as_it_is() -> None:
    text = README.read_text(encoding="utf-8")
    shown = text.split("<!-- lifecycle -->")[1].split("<!-- /lifecycle -->")[0].strip()
    assert shown == table(), "run `script/procure lifecycle` and put its table into the README"
