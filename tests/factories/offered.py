"""Forms as a page offers them, with everything a person sees before they type: choices, limits, words."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

CONTROLS = {"input", "textarea", "select", "button"}


@dataclass
class Control:
    """One field of a form: what it is called, what stands in it, what may be chosen."""

    name: str
    kind: str
    value: str = ""
    chosen: bool = False
    label: str = ""
    options: list[str] = field(default_factory=list)
    unit: str = ""
    fault: str = ""
    """What the page says is wrong with what was typed."""


@dataclass
class Offered:
    """A form that posts, and the address it posts to."""

    action: str
    controls: list[Control] = field(default_factory=list)

    @property
    def hidden(self) -> dict[str, str]:
        """What it sends that nobody sees."""
        return {one.name: one.value for one in self.controls if one.kind == "hidden"}

    def named(self, name: str) -> list[Control]:
        """The controls of a name: one, or the buttons of a choice."""
        return [control for control in self.controls if control.name == name]


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.forms: list[Offered] = []
        self.links: list[str] = []
        self._form: Offered | None = None
        self._labels: dict[str, str] = {}
        self._ids: dict[str, Control] = {}
        self._label: str | None = None
        self._typing: Control | None = None
        self._select: Control | None = None
        self._legend: str | None = None
        self._is_legend = False
        self._is_unit = False
        self._faults: dict[str, str] = {}
        self._fault: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "a" and told.get("href", "").startswith("/"):
            self.links.append(told["href"])
        elif tag == "form" and told.get("method", "get").lower() == "post":
            self._form = Offered(told.get("action") or self.page)
            self.forms.append(self._form)
        elif tag == "div" and told.get("id", "").endswith("-error"):
            self._fault = told["id"].removesuffix("-error")
        elif tag == "label":
            self._label = told.get("for", "")
        elif tag == "legend":
            self._legend, self._is_legend = "", True
        elif tag == "span" and "input-group-text" in told.get("class", ""):
            self._is_unit = True
        elif self._form is not None and tag in CONTROLS and told.get("name"):
            self._control(tag, told)
        elif tag == "option" and self._select is not None:
            value = told.get("value", "")
            self._select.options.append(value)
            if "selected" in told:
                self._select.value = value

    def _control(self, tag: str, told: dict[str, str]) -> None:
        assert self._form is not None
        usual = {"input": "text", "button": "submit"}
        kind = told.get("type", usual[tag]) if tag in usual else tag
        control = Control(told["name"], kind, told.get("value", ""), "checked" in told)
        control.label = self._legend or ""
        self._form.controls.append(control)
        if "id" in told:
            self._ids[told["id"]] = control
        if tag == "textarea":
            self._typing = control
        if tag == "select":
            self._select = control

    def handle_data(self, data: str) -> None:
        if self._typing is not None:
            self._typing.value += data
        elif self._fault is not None:
            self._faults[self._fault] = self._faults.get(self._fault, "") + data.strip()
        elif self._is_legend:
            self._legend = (self._legend or "") + data.strip()
        elif self._label is not None:
            self._labels[self._label] = self._labels.get(self._label, "") + data.strip()
        elif self._is_unit and self._form is not None and self._form.controls:
            self._form.controls[-1].unit = data.strip()

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "div":
            self._fault = None
        elif tag == "label":
            self._label = None
        elif tag == "legend":
            self._is_legend = False
        elif tag == "fieldset":
            self._legend = None
        elif tag == "textarea" and self._typing is not None:
            # The line end after the tag is no part of the text.
            self._typing.value = self._typing.value.replace("\r\n", "\n").removeprefix("\n")
            self._typing = None
        elif tag == "select":
            self._select = None
        elif tag == "span":
            self._is_unit = False

    def close(self) -> None:
        super().close()
        for ident, control in self._ids.items():
            control.label = f"{control.label} {self._labels.get(ident, '')}".strip()
            control.fault = self._faults.get(ident, "")


@dataclass(frozen=True)
class Read:
    """What of a page leads on: its forms and its addresses within the platform."""

    forms: list[Offered]
    links: list[str]


def read(page: str, text: str) -> Read:
    """The forms that post and the links of a page at an address."""
    reader = _Reader(page)
    reader.feed(text)
    reader.close()
    return Read(reader.forms, reader.links)
