"""The form every page's form is: one-time key, version, refusals at their fields, nothing lost."""

import re
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast, get_type_hints

from flask import Flask, current_app, g, has_app_context
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import Field, FormField, HiddenField
from wtforms import Form as PlainForm

from procure.kernel.errors import REOPEN, Conflict, DomainError, Invalid, Stale, Unavailable
from procure.kernel.text import UNSTORABLE
from procure.render.printable import MOST_NAMED
from procure.store.unit_of_work import UnitOfWork
from procure.web.fields.base import OwnField
from procure.web.fields.choices import ConfirmField
from procure.web.fields.files import EXTENSION, FilesField, OwnerOfRequest, Shelf, Staging
from procure.web.fields.rows import ADD, REMOVE, RowsField, taken_from, taken_of
from procure.web.messages import ChineseTranslations, FieldMessage, for_visitors
from procure.web.typed import TYPED, Typed

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Command = TypeVar("Command", bound="DataclassInstance")
Result = TypeVar("Result")

AS_STORED = "forms_as_stored"
"""Set in `g` while forms take nothing of what was sent, and hold what the record says."""

VISITS = "procure.visits"
"""Under what the application keeps how to tell a visitor, who is not signed in."""

FILE_ADD = "file-add"
"""Names the upload field whose files the page sends ahead of its form, to show how far they are."""

LONGEST_VALUE = 100_000
"""More characters than any field of the procedure takes; longer input is cut and refused."""

FEW_FIELDS = 3

_KEY = re.compile(r"[\x21-\x7e]{1,100}")
_ONE_TIME_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")

_BOTH_SHOWN = "改动过的栏目下面写着现在保存的内容。请逐项核对，再提交一次，以您这次填写的为准。"
_NEWEST_SHOWN = "这一页已经换成最新的内容。请核对后再提交一次。"

TOO_LONG = FieldMessage("填写的内容太长，超出的部分没有保留。", remedy="请删减后再提交一次。")


def version_number(sent: object) -> int:
    """A version as a page sends it: 0 where it sends none, -1 for what no page of ours can have sent."""
    text = str(sent or "0")
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else -1


def _removed(characters: Sequence[str]) -> FieldMessage:
    named = "、".join(f"U+{ord(character):04X}" for character in characters[:MOST_NAMED])
    return FieldMessage(
        f"填写的内容里有无法保存的字符（{named}），已替您去掉。", remedy="请核对内容后再提交一次。"
    )


def one_time_key() -> str:
    """A key that lets the same submission arrive twice and count once."""
    return secrets.token_urlsafe(18)


@dataclass(frozen=True)
class SummaryLine:
    """One line of the error summary: where it leads and what it says."""

    anchor: str
    message: str
    rule: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class FormPart:
    """A part of a long form: its title, the names of its fields, and what has to be said first."""

    title: str
    fields: tuple[str, ...]
    hint: str = ""

    def left_words(self, form: "ProcureForm") -> str:
        """How much of it is still to be filled in; static/js/beside.js goes on counting."""
        asked = [form[name] for name in self.fields if not form[name].optional]
        left = sum(field.data in (None, "", ()) for field in asked)
        return f"还有 {left} 项没有填写" if left else "已填写"


class ProcureForm(FlaskForm):
    """The base of every form.

    `version` is the record's version when the page was loaded; it comes back with the form so that
    the use case can refuse a change made on old ground. `command` turns what was filled in into the
    frozen command of a use case.
    """

    class Meta(FlaskForm.Meta):
        """Chinese messages, and input cleaned before any field sees it."""

        def get_translations(self, form: PlainForm) -> ChineseTranslations:
            """Our own words."""
            return ChineseTranslations()

        def wrap_formdata(self, form: "ProcureForm", formdata: Any) -> Any:
            """Take out what no field can keep, and the row whose 删除 was pressed."""
            posted = None if _holds_what_is_stored() else super().wrap_formdata(form, formdata)
            return posted if posted is None else form.take_posted(posted)

    version = HiddenField()
    idempotency_key = HiddenField()

    parts: ClassVar[tuple[FormPart, ...]] = ()
    """The parts of a long form, in the order of the page; none of one that has no parts."""

    drafted_at: datetime | None = None
    """When what the form holds, or shows beside it, was typed and not sent; None without a draft."""
    is_filled_in = False
    """Whether it holds a draft, and not what the record says."""
    is_drafted = False
    """Whether the page keeps what is typed into it, once a person stops typing."""

    def __init__(self, *args: Any, version: int | None = None, **kwargs: Any) -> None:
        self._unfit: dict[str, FieldMessage] = {}
        self._posted: MultiDict[str, Any] = MultiDict()
        self._rearranged = False
        self._uploaded_to = ""
        self._refused_status = 0
        if version is not None:
            kwargs["version"] = str(version)
        typed = None if args or "formdata" in kwargs else _typed_into(type(self).__name__)
        if typed is not None:
            kwargs["formdata"] = MultiDict(typed.values)
        self.holds_typed = typed is not None or self.is_submitted()
        super().__init__(*args, **kwargs)
        if typed is not None:
            self._say_again(typed)
        if not _ONE_TIME_KEY.fullmatch(self.idempotency_key.data or ""):
            self.idempotency_key.data = one_time_key()

    # --- what comes in ---

    def take_posted(self, posted: Any) -> MultiDict[str, Any]:
        """The posted values, cleaned; what had to be cleaned is told at its field later."""
        removed = posted.get(REMOVE, "")
        # After a removal the key belongs to what will be sent next, so it is kept all the same.
        self._rearranged = any(name in posted for name in (ADD, REMOVE, "file-remove", FILE_ADD))
        self._uploaded_to = str(posted.get(FILE_ADD, ""))
        clean: MultiDict[str, Any] = MultiDict()
        for name, values in posted.lists():
            if not _KEY.fullmatch(name) or (removed and name.startswith(f"{removed}-")):
                continue
            clean.setlist(name, [self._clean(name, value) for value in values])
        self._posted = clean
        return clean

    def _clean(self, name: str, value: Any) -> Any:
        if isinstance(value, FileStorage):
            return value
        text = value if isinstance(value, str) else "" if value is None else str(value)
        if len(text) > LONGEST_VALUE:
            self._unfit[name] = TOO_LONG
            text = text[:LONGEST_VALUE]
        unsavable = sorted(set(UNSTORABLE.findall(text)))
        if unsavable:
            self._unfit[name] = _removed(unsavable)
            text = UNSTORABLE.sub("", text)
        return text

    @property
    def sent_version(self) -> int:
        """The version that the sender had before them, also where a faster one is shown by now."""
        sent = self.version.raw_data
        return version_number(sent[0]) if sent else self.loaded_version

    @property
    def loaded_version(self) -> int:
        """The version of the record when the page was loaded; 0 for a new one.

        -1, which no record has, for one that no page of ours can have sent: not a number, or left out
        of a form that had one. What the record's version is now says nothing of what was looked at.
        """
        if self.is_submitted() and self.version.data and not self.version.raw_data:
            return -1
        return version_number(self.version.data)

    @property
    def what_is_asked(self) -> str:
        """Which fields must be filled in; a form of three shows it by itself."""
        fields = [field for _, field in self.walk() if isinstance(field, OwnField)]
        if len(fields) <= FEW_FIELDS:
            return ""
        if any(field.optional for field in fields):
            return "标有“选填”或者写明何时必填、何时不填的以外，各项都要填写。"
        return "各项都要填写。"

    @property
    def may_be_kept(self) -> bool:
        """Whether what is typed may be kept until it is sent: no password, no one-time code."""
        fields = [field for _, field in self.walk() if not isinstance(field, FilesField)]
        return all(getattr(field, "kept_in_draft", True) for field in fields)

    def typed(self) -> Typed:
        """What was typed and is said of it, to be shown once more; files by what they wait under."""
        values = {
            name: [one for one in self._posted.getlist(name) if isinstance(one, str)]
            for name in self._posted.keys() - NOT_TYPED
        }
        messages = {"": [_plain_message(error) for error in self.form_errors]}
        stored = {}
        for _, field in self.walk():
            errors = field.own_errors if isinstance(field, RowsField) else field.errors
            messages[field.name] = [_plain_message(error) for error in errors]
            stored[field.name] = getattr(field, "stored_words", "")
            if isinstance(field, FilesField):
                values[field.kept_name] = [file.token for file in field.kept]
            elif isinstance(field, HiddenField):
                values[field.name] = [str(field.data or "")]
            elif (isinstance(field, ConfirmField) and not field.data) or not getattr(
                field, "kept_in_draft", True
            ):
                values.pop(field.name, None)
        values.pop("csrf_token", None)
        return Typed(values, type(self).__name__, messages, stored, self.status)

    def _say_again(self, typed: Typed) -> None:
        self.form_errors = [FieldMessage(*words) for words in typed.messages.get("", ())]
        for _, field in self.walk():
            field.errors = [FieldMessage(*words) for words in typed.messages.get(field.name, ())]
            if words := typed.stored.get(field.name, ""):
                field.stored_words = words
        self._refused_status = typed.status

    def holds_otherwise(self, other: "ProcureForm") -> bool:
        """Whether anything is filled in otherwise than in another form of the same kind."""
        return any(
            _content(field) != _content(other.find(field.name)) for field in _own_fields(self)
        )

    def lay_beside(self, draft: "ProcureForm", at: datetime, chosen: Collection[str]) -> None:
        """Show at each field what a draft of `at` says otherwise; the chosen fields take that over."""
        for own in list(_own_fields(self)):
            typed = draft.find(own.name)
            if typed is None or typed.in_words() == own.in_words():
                continue
            self.drafted_at = self.drafted_at or at
            if own.name in chosen and own.name in self._fields:
                self._fields[own.name] = typed
                setattr(self, own.name, typed)
            else:
                own.draft_words = typed.in_words() or NOTHING

    @property
    def has_words_beside(self) -> bool:
        """Whether a draft says something that the form does not hold."""
        return any(own.draft_words for own in _own_fields(self))

    @property
    def takes_files(self) -> bool:
        """Whether the form must be sent in parts."""
        return any(field.shape == "files" for _, field in self.walk() if hasattr(field, "shape"))

    @property
    def takes_a_secret(self) -> bool:
        """Whether the page comes back without something that was typed: a password is never shown."""
        return any(getattr(field, "shape", "") == "secret" for field in self)

    # --- checking ---

    def is_submitted(self) -> bool:
        """Whether this request sends a form; not while its page is drawn as if it were only opened."""
        return not _holds_what_is_stored() and bool(super().is_submitted())

    @property
    def is_sent(self) -> bool:
        """Whether the form was sent, not only rearranged, and no file sent ahead of it."""
        return self.is_submitted() and not self._rearranged

    @property
    def is_rearranged(self) -> bool:
        """Whether rows or files were added or taken out, which is not yet sending."""
        return self.is_submitted() and self._rearranged

    @property
    def is_sent_ahead(self) -> bool:
        """Whether only a file was sent, ahead of the form, by a page that waits for the answer."""
        return self.is_submitted() and bool(self._uploaded_to)

    def validate_on_submit(self, extra_validators: Any = None) -> bool:
        """Whether the form was sent and everything in it is right.

        Pressing 增加一行, 删除 or 移除 is not yet sending: the page comes back rearranged, without
        complaints. Neither is a file that the page sends ahead, or a block that is pasted: only that
        file is judged, only those cells are.
        """
        if not self.is_submitted():
            return False
        if self._rearranged:
            uploaded = self.find(self._uploaded_to)
            if isinstance(uploaded, FilesField):
                uploaded.validate(self)
            for field in self:
                if isinstance(field, RowsField):
                    field.check_block()
            return False
        return bool(self.validate(extra_validators))

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every field, then tell what had to be cleaned on the way in."""
        passed = bool(super().validate(extra_validators))
        fields = {field.name: field for _, field in self.walk()}
        for name, message in self._unfit.items():
            field = fields.get(name)
            if field is not None:
                field.errors = [message]
                passed = False
        if self.loaded_version < 0:
            self._refused_status = 400 if self.version.raw_data else 409
            self.form_errors.append(
                FieldMessage(
                    "这个页面已经过期。",
                    remedy=(
                        f"{REOPEN}，核对最新内容后再提交。"
                        "页面显示过“已自动保存”的，填写的文字会自动恢复。"
                    ),
                )
            )
            passed = False
        return passed

    def command(self, kind: type[Command], /, *subject: object, **more: object) -> Command:
        """What was filled in, as a command: each of its fields is the form's field of that name.

        `subject` are the command's first values, what it is about. `more` is what the form asks for by
        another name, kept otherwise than typed, or not at all: a field, what works the value out, or
        the value. `version` and `key` are those of the page. What a form asks for in some cases only
        is left to the command's default in the others.
        tests/architecture/test_commands.py holds names and types of both against each other.
        """
        first = [one.name for one in fields(kind)][: len(subject)]
        own = {"version": self.loaded_version, "key": self.idempotency_key.data}
        taken = taken_from(self, kind, {*first, *more})
        page = {one.name: own[one.name] for one in fields(kind) if one.name in own}
        given = {name: _given(value) for name, value in more.items()}
        return kind(*subject, **{**taken, **page, **given})

    def act(
        self, verb: Callable[[UnitOfWork, Command], Result], /, *subject: object, **more: object
    ) -> Callable[[UnitOfWork], Result]:
        """The act of a step: the verb, asked by the command it takes, filled in once it is sent."""
        kind = command_of(verb)
        return lambda uow: verb(uow, self.command(kind, *subject, **more))

    # --- what goes back ---

    def add_refusal(self, refusal: DomainError) -> None:
        """Show a refusal of a use case: at its field when it names one, else above the form."""
        field = refusal.field if isinstance(refusal, Invalid) else ""
        self.add_error(field, refusal.message, refusal.rule or "", refusal.remedy or "")
        if not isinstance(refusal, Invalid):
            self._refused_status = 503 if isinstance(refusal, Unavailable) else 409
        if isinstance(refusal, Conflict):
            # The same key would be refused again for ever.
            self.idempotency_key.data = one_time_key()

    def add_stale(self, refusal: Stale, stored: "ProcureForm") -> None:
        """Show that somebody else was faster, at each field with what the record says now.

        Whoever sends the form again has seen both, so it counts as filled in on the present record;
        what they confirmed of the former one they confirm anew.
        """
        before = {field.name: field.in_words() for field in _own_fields(stored)}
        differs = False
        for field in _own_fields(self):
            if isinstance(field, ConfirmField):
                field.data = False
            words = before.get(field.name, "")
            if any(before.values()) and field.in_words() != words:
                field.stored_words = words or NOTHING
                differs = True
        for name in self._fields.keys() - {"csrf_token", "idempotency_key"}:
            if name in stored and isinstance(
                self[name], HiddenField
            ):  # the version, and what else tells the old page
                self[name].data = stored[name].data
        self.add_error("", refusal.message, remedy=_BOTH_SHOWN if differs else _NEWEST_SHOWN)
        self._refused_status = 409

    def add_error(self, path: str, message: str, rule: str = "", remedy: str = "") -> None:
        """Put a message at a field named as "criteria-2-points" or "criteria.2.points"."""
        words = FieldMessage(message, rule, remedy)
        field = self.find(path)
        if field is None:
            self.form_errors.append(words)
        else:
            field.errors = [*field.errors, words]

    def find(self, path: str) -> Field | None:
        """The field of a path, rows counted from 0; None when there is none."""
        here: Any = self
        for part in re.split(r"[-.]", path):
            if isinstance(here, RowsField):
                number = (
                    int(part) if re.fullmatch(r"\d{1,4}", part, re.ASCII) else len(here.entries)
                )
                if number >= len(here.entries):
                    return here
                here = here.entries[number].form
            elif isinstance(here, PlainForm) and part in here:
                here = here[part]
                here = here.form if type(here) is FormField else here
            else:
                return None
        return here if isinstance(here, Field) and here.name not in HIDDEN else None

    def walk(self) -> Iterator[tuple[str, Field]]:
        """Every field of the form and of its rows, with the words for where it stands."""
        yield from _walk(self, "")

    def summary(self) -> list[SummaryLine]:
        """The lines of the error summary, in the order of the page, in its reader's words."""
        lines = [_line("", error) for error in self.form_errors]
        for place, field in self.walk():
            errors = field.own_errors if isinstance(field, RowsField) else field.errors
            anchor = "" if field.name in HIDDEN else getattr(field, "anchor", field.id)
            lines += [_line(anchor, error, place + _named(field, error)) for error in errors]
        return [_plain(line) for line in lines] if current_app.extensions[VISITS]() else lines

    @property
    def status(self) -> int:
        """The status of the page that shows this form: 200 untouched, 400, 409 or 503 refused."""
        if self._refused_status:
            return self._refused_status
        if any(getattr(field, "is_away", False) for _, field in self.walk()):
            return 503
        return 400 if self.summary() else 200


@cache
def command_of(verb: Callable[[UnitOfWork, Command], object]) -> type[Command]:
    """What kind of command a verb takes: the type of its second parameter."""
    _, kind, *_ = get_type_hints(verb).values()
    return cast(type[Command], kind)


def _given(value: Any) -> Any:
    """What stands for a field of a command that the form has not by that name."""
    if isinstance(value, Field):
        return taken_of(value)
    return value() if callable(value) else value


def _holds_what_is_stored() -> bool:
    return has_app_context() and AS_STORED in g


HIDDEN = frozenset({"version", "idempotency_key", "csrf_token"})

NOT_TYPED = frozenset({"csrf_token", FILE_ADD})
"""Names that come with a form and say nothing of what was typed into it."""

NOTHING = "（没有填写）"


def _typed_into(form: str) -> Typed | None:
    """What was typed before into the form of that class, on a page that shows it again."""
    typed: Typed | None = g.get(TYPED) if has_app_context() else None
    if typed is None or _holds_what_is_stored() or typed.form not in ("", form):
        return None
    # What nobody has read yet is the first form's of the page.
    setattr(g, TYPED, replace(typed, form=form))
    return typed


def _content(field: Field | None) -> object:
    if isinstance(field, FilesField):
        return [file.token for file in field.kept]
    if isinstance(field, ConfirmField):
        return bool(field.data)
    return field.in_words() if isinstance(field, OwnField | RowsField) else ""


def _plain_message(error: object) -> list[str]:
    return [str(error), getattr(error, "rule", ""), getattr(error, "remedy", "")]


def _own_fields(form: PlainForm) -> Iterator[OwnField | RowsField]:
    """The fields of a form that people fill in, its lists of rows whole."""
    for field in form:
        if type(field) is FormField:
            yield from _own_fields(field.form)
        elif isinstance(field, (OwnField, RowsField)):
            yield field


def _walk(form: PlainForm, place: str) -> Iterator[tuple[str, Field]]:
    for field in form:
        if type(field) is FormField:
            yield from _walk(field.form, f"{place}{field.label.text} ")
            continue
        yield place, field
        if isinstance(field, RowsField):
            for number, entry in enumerate(field.entries, start=1):
                yield from _walk(entry.form, f"{field.label.text}第 {number} 行：")


def _named(field: Field, error: object) -> str:
    """The field's label for a message that does not say which field it means."""
    label = field.label.text
    return "" if field.name in HIDDEN or label in str(error) else f"{label}："


def _line(anchor: str, error: object, place: str = "") -> SummaryLine:
    rule, remedy = getattr(error, "rule", ""), getattr(error, "remedy", "")
    return SummaryLine(anchor, f"{place}{error}", rule, remedy)


def _plain(line: SummaryLine) -> SummaryLine:
    message, remedy = for_visitors(line.message), for_visitors(line.remedy)
    return replace(line, message=message, remedy=remedy)


def init_app(
    app: Flask, staging: Staging, owner: OwnerOfRequest, visits: Callable[[], bool]
) -> None:
    """Give upload fields their staging store, and templates the one-time key of small forms.

    `visits` says whether the request is that of a visitor, who has no desk to be sent to.
    """
    app.extensions[VISITS] = visits
    app.extensions[EXTENSION] = Shelf(staging, owner)
    app.jinja_env.globals["one_time_key"] = one_time_key
