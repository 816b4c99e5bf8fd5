"""The fixed sentences of papers, notices, letters and mails, and where each of them comes from.

What a paper says is either asked of somebody, kept in a row, counted, the law's, or a clause that
binds because it is printed. Beside the versions of each template lies `sentences.toml`, and in
`tests/architecture/sentences/` one file for each notice, letter and book of phrases (their newest
version) and for each module that still words papers, with every sentence and its sources. `python -m tests.sentences` writes the files anew: it keeps the sources of sentences
that still stand, adds new ones with none and drops what is no longer said.

Sources: `clause`; `law: GPL 52` (code and articles as `procure.kernel.laws` has them);
`row: tender.budget_fen`; `answer: procure.….Form.field -> table.column`;
`computed: procure.….function`.
"""

import ast
import importlib
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment
from sqlalchemy import MetaData

from procure.kernel.laws import LAWS, Citation
from procure.render.documents import load_template, template_names
from procure.render.wording import LETTERS, NOTICES, WORDS
from tests.sources import parsed

ROOT = Path(__file__).resolve().parents[1]
MODULE_FILES = ROOT / "tests/architecture/sentences"

CHINESE = re.compile(r"[\u3400-\u9fff]")
ASSERTED = re.compile(
    r"没有|均已|全部|一致|已具备|未认为|未发现|无异议|已核[对验实]|属实|齐全|随本.{0,12}提供|无人能"
)
"""Words by which a fixed phrase tells a fact. Such a sentence needs somebody who said so."""
ROW_OVER = 3
"""So many texts make a row of a notice that stands over a fact."""
LONG = 10
"""So many Chinese characters make a sentence of what would else be a label."""
_PLACEHOLDER = re.compile(r"\{%.*?%\}|\{[^{}]*\}")
_INLINE = re.compile(r"</?(?:span|b|strong|em|i|a|u|sup|sub)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")
_ENDS = re.compile(r"(?<=[。；])(?![^{}]*\})")
REFUSALS = frozenset({
    "Invalid", "Denied", "Conflict", "NotFound", "IllegalTransition", "TooEarly", "DeadlinePassed",
    "Stale", "Unavailable", "refused", "explain_constraint", "explain_proposal", "TemplateFault",
    "DomainError", "require_text",
})  # fmt: skip
"""What a page says to whoever acts is no paper."""


@dataclass(frozen=True)
class Sentence:
    """A fixed piece of text; `conditional` when it is printed only in some cases."""

    text: str
    conditional: bool


@dataclass(frozen=True)
class Wording:
    """Something that words papers: its sentences as they stand and the file with their sources."""

    name: str
    sentences: tuple[Sentence, ...]
    register: Path

    @property
    def sources(self) -> Mapping[str, tuple[str, ...]]:
        """Sentence → its sources, as written down."""
        return read_register(self.register)


def read_register(path: Path) -> dict[str, tuple[str, ...]]:
    """Sentence → sources; empty while the file is not there. ValueError for one named twice."""
    if not path.exists():
        return {}
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["sentence"]
    told = {row["text"]: tuple(row["source"]) for row in rows}
    if len(told) != len(rows):
        raise ValueError(f"{path}: a sentence stands twice")
    return told


def wordings() -> tuple[Wording, ...]:
    """Everything that words papers: the newest version of each template, modules, mails."""
    return (*_templates(), *_texts(), *_modules())


_CODE = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "procure").rglob("*.py"))
"""All the program's text: a template that nothing names prints no more papers."""


def _templates() -> Iterator[Wording]:
    for name in template_names():
        if f'"{name}@' not in _CODE:
            continue
        newest = load_template(name)
        page, register = (
            newest.sources["contract.html"],
            ROOT / "contracts" / name / "sentences.toml",
        )
        yield Wording(name, _distinct(of_template(page)), register)


def _texts() -> Iterator[Wording]:
    """Notices, phrases and letters in the newest version of each."""
    for kind, root in (("notices", NOTICES), ("words", WORDS), ("letters", LETTERS)):
        for folder in sorted(one for one in root.iterdir() if one.is_dir()):
            newest = max(folder.iterdir(), key=lambda path: int(path.stem))
            name = f"{kind}.{folder.name}"
            yield Wording(name, _distinct(of_text(newest)), MODULE_FILES / f"{name}.toml")


def _modules() -> Iterator[Wording]:
    for path in paper_modules():
        dotted = ".".join(path.relative_to(ROOT / "procure").with_suffix("").parts)
        tree = parsed(path.read_text(encoding="utf-8"))
        yield Wording(dotted, _distinct(of_module(tree)), MODULE_FILES / f"{dotted}.toml")


def paper_modules() -> list[Path]:
    """The modules in which papers, notices, letters and mails are worded: by their names, and every
    one that publishes a notice or prints a paper.
    """
    named = re.compile(
        r"papers?|ending|notice|wording|receipts|publication|at_once|messages|letters?"
        r"|alarms|budget|offices|organisations|people"
    )
    rooms = [
        *(ROOT / "procure/stages").rglob("*.py"),
        *(ROOT / "procure/desks/reminders").glob("*.py"),
    ]
    return sorted(
        path
        for path in rooms
        if named.fullmatch(path.stem)
        or re.search(r"\b(?:publish_notice|order_paper)\(", path.read_text(encoding="utf-8"))
    )


def of_template(page: str) -> Iterator[Sentence]:
    """The sentences of a Jinja page; expressions stand in braces."""
    depth, text, inside = 0, "", False
    expression, constants, tag = "", [], ""
    for _, kind, value in Environment(autoescape=True).lex(page):
        if kind == "data":
            text += _TAG.sub("\n", _INLINE.sub("", value))
        elif kind == "variable_begin":
            expression, constants, inside = "", [], True
        elif kind == "variable_end":
            text += "{" + " ".join(expression.split()) + "}"
            inside = False
            yield from _pieces("\n".join(constants), depth > 0 or " if " in expression)
        elif kind == "block_begin":
            tag, constants = "", []
        elif kind == "block_end":
            first = tag.split()[0]
            depth += (first == "if") - (first == "endif")
            text += "{% " + " ".join(tag.split()) + " %}"
            yield from _pieces("\n".join(constants), depth > 0)
        elif kind.startswith("comment") or kind == "raw_begin":
            continue
        else:
            if kind == "string":
                constants.append(value[1:-1])
            if inside:
                expression += value
            else:
                tag += value
    yield from _split_template(text)


def _split_template(text: str) -> Iterator[Sentence]:
    depth = 0
    for line in text.split("\n"):
        before = depth
        for word in re.findall(r"\{% (if|endif)\b", line):
            depth += 1 if word == "if" else -1
        yield from _pieces(line, before > 0 or "{% if" in line)


def of_text(path: Path) -> Iterator[Sentence]:
    """The sentences of a notice, a letter or a book of phrases (`procure.kernel.phrases`)."""
    for phrase in phrases_in(path):
        yield from of_phrase(phrase)


def phrases_in(path: Path) -> Iterator[str]:
    """Every phrase of such a text; of a row that stands over a fact, as one that may be missing."""
    text = path.read_text(encoding="utf-8")
    yield from text.splitlines() if path.suffix == ".txt" else _texts_of(tomllib.loads(text))


def _texts_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts_of(each)
    elif isinstance(value, list):
        over = len(value) == ROW_OVER and all(isinstance(one, str) for one in value)
        for text in (text for each in value for text in _texts_of(each)):
            yield f"[{text}]" if over and "[" not in text else text


def of_phrase(phrase: str) -> Iterator[Sentence]:
    """What always stands of a phrase, and what each of its parts in brackets says."""
    yield from _pieces(re.sub(r"\[[^\]]*\]", "", phrase), conditional=False)
    for part in re.findall(r"\[([^\]]*)\]", phrase):
        for choice in part.split("|"):
            yield from _pieces(choice, conditional=True)


def of_module(tree: ast.Module) -> Iterator[Sentence]:
    """The sentences of a module that are not said to whoever acts; values stand in braces."""
    yield from _of_node(tree, conditional=False)


def _of_node(node: ast.AST, *, conditional: bool) -> Iterator[Sentence]:
    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in REFUSALS:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _pieces(node.value, conditional)
        return
    if isinstance(node, ast.JoinedStr):
        yield from _pieces(_joined(node), conditional)
        return
    below = conditional or isinstance(node, ast.If | ast.IfExp | ast.Match)
    for child in _told(node):
        yield from _of_node(child, conditional=below)


def _told(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node without its docstring and without free texts that explain a constant."""
    for child in ast.iter_child_nodes(node):
        explains = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if not explains:
            yield child


def _joined(node: ast.JoinedStr) -> str:
    return "".join(
        str(part.value)
        if isinstance(part, ast.Constant)
        else "{" + ast.unparse(part.value).replace("{", "(").replace("}", ")") + "}"
        for part in node.values
        if isinstance(part, ast.Constant | ast.FormattedValue)
    )


def _pieces(text: str, conditional: bool) -> Iterator[Sentence]:
    for line in text.split("\n"):
        for piece in _ENDS.split(line):
            trimmed = _trimmed(piece)
            if _is_sentence(trimmed):
                yield Sentence(trimmed, conditional)


def _trimmed(piece: str) -> str:
    """Without the block tags that only stand around it."""
    return re.sub(r"^(?:\s*\{%[^%]*%\})+|(?:\{%[^%]*%\}\s*)+$", "", piece.strip()).strip()


def _is_sentence(text: str) -> bool:
    fixed = _PLACEHOLDER.sub("", text)
    count = len(CHINESE.findall(fixed))
    return count > 0 and (
        bool(re.search(r"[。；，]", fixed)) or bool(ASSERTED.search(fixed)) or count >= LONG
    )


def _distinct(found: Iterator[Sentence]) -> tuple[Sentence, ...]:
    """One of each text; unconditional if it is so anywhere."""
    told: dict[str, Sentence] = {}
    for one in found:
        known = told.get(one.text)
        if known is None or known.conditional:
            told[one.text] = one
    return tuple(told.values())


def faults_of(wording: Wording, tables: MetaData) -> list[str]:
    """What is wrong with the register of a wording: sentences without source, stale ones, sources
    that do not exist, facts given out as clauses.
    """
    told = wording.sources
    said = {one.text: one for one in wording.sentences}
    found = [f"no source: {text}" for text in said if not told.get(text)]
    found += [f"no longer said: {text}" for text in told if text not in said]
    for text, sources in told.items():
        one = said.get(text)
        for source in sources:
            if wrong := fault_of_source(source, tables):
                found.append(f"{wrong}: {text}")
            if source == "clause" and one and not one.conditional and ASSERTED.search(text):
                found.append(f"a fact that nobody said: {text}")
    return found


def fault_of_source(source: str, tables: MetaData) -> str:
    """Why a source cannot be one; empty when it can."""
    if source == "clause":
        return ""
    kind, _, what = source.partition(": ")
    checks = {"law": _law_fault, "computed": _function_fault}
    if kind in checks:
        return checks[kind](what)
    if kind == "row":
        return _column_fault(what, tables)
    if kind == "answer":
        field, _, column = what.partition(" -> ")
        return _field_fault(field) or _column_fault(column, tables)
    return f"unknown kind of source “{source}”"


def _law_fault(what: str) -> str:
    code, *articles = what.split()
    if code not in LAWS:
        return f"unknown law {code}"
    try:
        _ = Citation(code, tuple(map(int, articles))).words
    except ValueError as wrong:
        return str(wrong)
    return ""


def _column_fault(what: str, tables: MetaData) -> str:
    table, _, column = what.partition(".")
    known = tables.tables.get(table)
    return "" if known is not None and column in known.c else f"no column {what}"


def _function_fault(dotted: str) -> str:
    return "" if callable(_imported(dotted)) else f"no function {dotted}"


def _field_fault(dotted: str) -> str:
    form, _, field = dotted.rpartition(".")
    return "" if hasattr(_imported(form), field) else f"no answer {dotted}"


def _imported(dotted: str) -> object:
    """What a dotted path names; None when there is no such thing."""
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part, None)
        return found
    return None


def write_register(wording: Wording) -> None:
    """Bring a register up to what is said: kept sources, new sentences without, stale ones gone."""
    told = wording.sources
    rows = [_row(one.text, told.get(one.text, ())) for one in wording.sentences]
    if rows:
        wording.register.write_text("\n".join(rows), encoding="utf-8")
    else:
        wording.register.unlink(missing_ok=True)


def _row(text: str, sources: Sequence[str]) -> str:
    quoted = ", ".join(f"'{source}'" for source in sources)
    return f"[[sentence]]\ntext = {_quoted(text)}\nsource = [{quoted}]\n"


def _quoted(text: str) -> str:
    """A TOML string of one line."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


if __name__ == "__main__":
    for each in wordings():
        if not sys.argv[1:] or each.name in sys.argv[1:]:
            write_register(each)
