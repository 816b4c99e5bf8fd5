"""Uploads that survive a failing form.

What a person has uploaded goes at once to a staging store and is remembered on the page by a token,
so that a form that fails elsewhere never asks for the same file again.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, Protocol

from flask import Response, after_this_request, current_app, request
from werkzeug.datastructures import FileStorage
from wtforms import Form, ValidationError
from wtforms.utils import unset_value

from procure.kernel.errors import Unavailable
from procure.kernel.uploads import (
    ADVICE,
    advice_on,
    ending_of,
    file_name,
    kinds_in_words,
)
from procure.web.fields.base import OwnField
from procure.web.messages import FieldMessage
from procure.web.presenters import size_words

MEGABYTE = 1_000_000
LONGEST_TOKEN = 100
EXTENSION = "procure.staging"
NO_TURN = "procure.no_turn"
"""Key of the WSGI environment: the refusal that this request met, which does not wait again."""

TAKEN = "procure.taken_uploads"
"""Key of the WSGI environment: the tokens of what this request has put into staging already."""

AGAIN_AFTER = 3
"""Seconds after which a page may send its files again."""

MOST_WAITING = 60
MOST_WAITING_BYTES = 300 * MEGABYTE
"""How many uploads of one person, and how large together, may wait for their forms: five times what
the largest form takes. More is a mistake or an attack.
"""
WAITING_WORDS = f"{MOST_WAITING} 个、共 {MOST_WAITING_BYTES // MEGABYTE} MB"


class StagedFile(Protocol):
    """A file that is uploaded but belongs to no record yet; size in bytes, digest sha256 hex."""

    @property
    def token(self) -> str: ...  # what the page remembers it by

    @property
    def filename(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def digest(self) -> str: ...

    @property
    def said(self) -> str: ...  # what its owner is told about it, "" when there is nothing

    def open(self) -> BinaryIO:
        """The content, from its beginning."""
        ...


class Staging(Protocol):
    """Where uploads wait until a use case takes them; a token opens only to its owner."""

    def turn(self, owner: str) -> AbstractContextManager[None]:
        """The owner's turn to put files here. Raises Unavailable when they get none now."""
        ...

    def put(self, content: IO[bytes], filename: str, owner: str) -> str:
        """Judge an upload, keep it under a clean name and return its token.

        Raises ValueError with a FieldMessage for a file that is not taken.
        """
        ...

    def get(self, token: str, owner: str) -> StagedFile | None:
        """The upload of this owner, or None when there is none (any more)."""
        ...


class OwnerOfRequest(Protocol):
    """Tells whose uploads this request may see."""

    def __call__(self) -> str:
        """A person's or a session's key."""
        ...


@dataclass(frozen=True)
class Shelf:
    """The staging store together with the owner of the present request."""

    staging: Staging
    owner: OwnerOfRequest

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The owner's turn for all the files of a field. Raises Unavailable, and has the answer say
        when to come again; a request that was refused once is so for its other fields too.
        """
        with ExitStack() as held:
            try:
                if NO_TURN in request.environ:
                    raise request.environ[NO_TURN]
                held.enter_context(self.staging.turn(self.owner()))
            except Unavailable as refusal:
                request.environ[NO_TURN] = refusal
                after_this_request(_come_again)
                raise
            yield

    def put(self, content: IO[bytes], filename: str) -> StagedFile | None:
        """Keep an upload of this request's owner and give it back as it now stands."""
        owner = self.owner()
        return self.staging.get(self.staging.put(content, filename, owner), owner)

    def get(self, token: str) -> StagedFile | None:
        """What this request's owner uploaded before."""
        return self.staging.get(token, self.owner())


class FilesField(OwnField):
    """Any number of files up to `most`; data is a tuple of staged files."""

    shape = "files"
    verb = "上传"
    kept_in_draft = False
    several = True
    passing = False

    def __init__(
        self,
        label: str,
        *,
        accept: Sequence[str] = (".pdf",),
        megabytes: int = 20,
        most: int = 10,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.accept = tuple(ending.lower() for ending in accept)
        self.megabytes = megabytes
        self.most = most
        self.kept: tuple[StagedFile, ...] = ()
        self.is_shorter = False
        """Whether a file was taken off the list; the page goes on there."""
        self.is_away = False
        """Whether an upload could not be kept for a reason that is the platform's."""

    @property
    def kept_name(self) -> str:
        """The hidden input that remembers what is uploaded already."""
        return f"{self.name}-kept"

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Find what was kept before, then take what comes now."""
        self.kept, faults = (), list[FieldMessage]()
        if formdata is not None:
            self.kept = tuple(self._kept_before(formdata, faults))
        super().process(formdata, data, extra_filters)
        self.process_errors[:0] = faults

    def _kept_before(self, formdata: Any, faults: list[FieldMessage]) -> Iterator[StagedFile]:
        """What was uploaded before, by the tokens of the page. A token may come from another form:
        what this field does not take is left out, and told among the faults.
        """
        shelf: Shelf = current_app.extensions[EXTENSION]
        removed = {
            value.removeprefix(f"{self.name}:")
            for value in formdata.getlist("file-remove")
            if isinstance(value, str) and value.startswith(f"{self.name}:")
        }
        tokens = dict.fromkeys(formdata.getlist(self.kept_name))
        self.is_shorter = bool(removed)
        for token in tokens:
            if not isinstance(token, str) or len(token) > LONGEST_TOKEN or token in removed:
                continue
            staged = shelf.get(token)
            fault = staged and self._fault_of(staged.filename, staged.size)
            if fault:
                faults.append(fault)
            elif staged is not None:
                yield staged

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Put new uploads into staging: each is judged alone, what is wrong with one loses no other."""
        uploads = [value for value in valuelist if isinstance(value, FileStorage) and value]
        # The raw data of a file is of no use for showing it again.
        self.raw_data: list[Any] = []
        if uploads:
            self._take_all(uploads)
        self.data: Any = self.kept

    def _take_all(self, uploads: Sequence[FileStorage]) -> None:
        shelf: Shelf = current_app.extensions[EXTENSION]
        try:
            with nullcontext() if self.passing else shelf.turn():
                for upload in uploads:
                    try:
                        self._take(upload)
                    except ValueError as refusal:
                        self.process_errors.append(refusal.args[0])
        except Unavailable as refusal:
            self.is_away = True
            names = (file_name(upload.filename or "") for upload in uploads)
            self.process_errors += [_not_kept(name, refusal) for name in names]

    def _take(self, upload: FileStorage) -> None:
        given = upload.filename or ""
        name = file_name(given)
        self._refuse_unfit(name, upload.stream)
        shelf: Shelf = current_app.extensions[EXTENSION]
        # A refused step reads its form once more: an upload is put there once all the same.
        taken: dict[int, str] = request.environ.setdefault(TAKEN, {})
        try:
            token = taken.get(id(upload))
            staged = shelf.get(token) if token else shelf.put(upload.stream, given)
        except Unavailable as refusal:
            self.is_away = True
            raise ValueError(_not_kept(name, refusal)) from refusal
        if staged is None:
            raise ValueError(
                FieldMessage(f"“{name}”没有保存成功。", remedy="请重新选择这个文件再提交。")
            )
        taken[id(upload)] = staged.token
        self.kept = (*self.kept, staged) if self.several else (staged,)

    def _refuse_unfit(self, name: str, stream: Any) -> None:
        size = stream.seek(0, 2)
        stream.seek(0)
        fault = self._fault_of(name, size)
        if fault is not None:
            raise ValueError(fault)

    def _fault_of(self, name: str, size: int) -> FieldMessage | None:
        """Why this field does not take a file of that name and size; None when it does."""
        if ending_of(name) not in self.accept:
            return FieldMessage(f"“{name}”的类型不符合要求。", remedy=advice_on(name, self.accept))
        if size == 0:
            return FieldMessage(
                f"“{name}”是空文件，没有内容。", remedy="请打开文件核对后重新上传。"
            )
        if size > self.megabytes * MEGABYTE:
            return FieldMessage(
                f"“{name}”有 {size_words(size)}，超过每个文件 {self.megabytes} MB 的上限。",
                remedy="请压缩或拆分后重新上传。",
            )
        return None

    @property
    def taken(self) -> Any:
        """The tokens of the uploads."""
        return tuple(file.token for file in self.kept)

    def is_blank(self) -> bool:
        """Whether neither this time nor before a file was uploaded."""
        return not self.kept and not self.process_errors

    def post_validate(self, form: Form, validation_stopped: bool) -> None:
        """Check how many there are."""
        if not validation_stopped and len(self.kept) > self.most:
            raise ValidationError(
                FieldMessage(
                    f"“{self.label.text}”最多 {self.most} 个文件，现在有 {len(self.kept)} 个。",
                    remedy="请移除多余的文件。",
                )
            )

    def accept_words(self) -> str:
        """The kinds of file taken, in words."""
        return kinds_in_words(self.accept)

    def advice(self) -> str:
        """What to do with files of other kinds, for the page's own check: JSON by ending, under ""
        for all that have no advice of their own.
        """
        endings = ("", *(ending for ending in ADVICE if ending not in self.accept))
        others = {ending: advice_on(ending, self.accept) for ending in endings}
        return json.dumps(others, ensure_ascii=False)

    def range_hint(self) -> str:
        """What may be uploaded, known before choosing."""
        count = f"，最多 {self.most} 个" if self.several else ""
        limits = f"{self.accept_words()}，每个不超过 {self.megabytes} MB{count}"
        if self.passing:
            return limits
        return f"{limits}；选好而没有提交的文件，每人最多保留 {WAITING_WORDS}"


class FileField(FilesField):
    """One file; a new upload takes the place of the old. Data is a staged file or None."""

    shape = "files"
    several = False

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the upload."""
        super().process_formdata(valuelist)
        self.data = self.kept[0] if self.kept else None

    @property
    def taken(self) -> str:
        """The token of the upload, empty without one."""
        return self.kept[0].token if self.kept else ""


def _not_kept(name: str, refusal: Unavailable) -> FieldMessage:
    return FieldMessage(f"“{name}”没有保存。{refusal.message}", remedy=refusal.remedy or "")


def _come_again(response: Response) -> Response:
    response.headers["Retry-After"] = str(AGAIN_AFTER)
    return response
