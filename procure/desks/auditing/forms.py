"""Forms of the auditor's desk."""

from typing import IO
from zipfile import BadZipFile, ZipFile

from werkzeug.datastructures import FileStorage
from wtforms import ValidationError

from procure.desks.auditing.policies import LEAST_REASON, LONGEST_REASON
from procure.kernel.uploads import file_name
from procure.web.fields.files import FileField
from procure.web.fields.text import LongTextField
from procure.web.forms import ProcureForm
from procure.web.messages import FieldMessage

MOST_MEGABYTES = 60
MOST_UNPACKED = 2**30
"""Bytes."""


class PassingFileField(FileField):
    """A file that is looked at once and never kept: `content` is open from its beginning."""

    passing = True
    content: IO[bytes] | None = None

    def _take(self, upload: FileStorage) -> None:
        self._refuse_unfit(file_name(upload.filename or ""), upload.stream)
        self.content = upload.stream

    def is_blank(self) -> bool:
        """Whether no file came."""
        return self.content is None and not self.process_errors


class ExportPackageForm(ProcureForm):
    """Why a package is taken away."""

    reason = LongTextField(
        "导出事由",
        hint="写明审计项目或调取依据。事由会记入项目的办理记录，采购人可以看到。",
        minimum=LEAST_REASON,
        maximum=LONGEST_REASON,
        rows=3,
    )


class VerifyPackageForm(ProcureForm):
    """A package to be checked."""

    package = PassingFileField("审计包", accept=(".zip",), megabytes=MOST_MEGABYTES)

    def validate_package(self, field: PassingFileField) -> None:
        """Refuse what would fill the server's memory once it is unpacked."""
        if field.content is not None and _unpacked(field.content) > MOST_UNPACKED:
            raise ValidationError(
                FieldMessage(
                    "这个压缩包展开以后超过 1 GB，没有在网页上核对。",
                    remedy="请在自己的电脑上用包里的 verify_trail.py 核对。",
                )
            )


def _unpacked(content: IO[bytes]) -> int:
    """How many bytes the files of a ZIP say they are; 0 for what is no ZIP."""
    try:
        with ZipFile(content) as archive:
            return sum(info.file_size for info in archive.infolist())
    except (BadZipFile, RuntimeError, ValueError):
        return 0
