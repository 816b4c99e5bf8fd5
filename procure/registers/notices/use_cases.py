"""The verb of notices: publish. Nothing edits a notice afterwards; the database refuses it.

Every notice is printed from the same text as it is shown (R-PUB-2).
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import func, select

from procure.kernel.clock import local_date
from procure.kernel.errors import REOPEN, Invalid
from procure.kernel.numbering import derived_number
from procure.kernel.statute import by_rule
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import Organisation
from procure.registers.documents.models import DocumentAudience, DocumentKind
from procure.registers.documents.use_cases import order_paper
from procure.registers.notices.events import NoticePublished
from procure.registers.notices.models import Notice
from procure.registers.notices.queries import digest_of
from procure.registers.projects.models import Project
from procure.registers.projects.use_cases import make_public
from procure.store.unit_of_work import UnitOfWork, explain_constraint

TITLE_LENGTH = 200
PAPER = "public-notice@2"
RULE = "《政府采购公告和公示信息格式规范（2020年版）》"

NUMBER_LETTERS = {
    NoticeKind.INTENTION: "YX",
    NoticeKind.CANCELLATION: "QX",
    NoticeKind.TENDER: "CG",
    NoticeKind.RESULT: "JG",
    NoticeKind.FAILURE: "FB",
    NoticeKind.TERMINATION: "ZZ",
    NoticeKind.CONTRACT: "HTG",
    NoticeKind.ACCEPTANCE: "YSG",
}
"""What stands between the project's number and the count in a notice's number."""

explain_constraint("uq_notice_number", "number", f"这份公告刚刚已由其他人发布，{REOPEN}。")


def publish_notice(
    uow: UnitOfWork,
    *,
    project: Project,
    kind: NoticeKind,
    title: str,
    sections: Sequence[Mapping[str, object]],
    period_days_rule: str | None = None,
) -> Notice:
    """Publish a notice of a project and print it, which makes the project public.

    `sections` is a list of {"title": text, "rows": [[label, text], …]}. `period_days_rule` names
    the statutory period for which it must stand (T02, T08, T23 …), None for notices without one.
    Raises Invalid for an empty title or malformed sections.
    """
    title = title.strip()
    if not title or len(title) > TITLE_LENGTH:
        raise Invalid("title", f"公告标题要填写，最多 {TITLE_LENGTH} 个字。", RULE)
    content = [_checked(section) for section in sections]
    if not content:
        raise Invalid("sections", "公告没有内容。", RULE, "请补齐公告的各项内容后再发布。")
    today = local_date(uow.now)
    earlier = uow.session.scalar(
        select(func.count())
        .select_from(Notice)
        .where(Notice.project_id == project.id, Notice.kind == kind)
    )
    number = derived_number(project.number, NUMBER_LETTERS[kind], (earlier or 0) + 1)
    notice = Notice(
        number=number,
        project_id=project.id,
        kind=kind,
        title=title,
        sections=content,
        published_at=uow.now,
        period_until=by_rule(period_days_rule, today).due(today).on if period_days_rule else None,
        period_rule=period_days_rule,
        buyer_name=uow.session.get_one(Organisation, project.buyer_id).name,
    )
    notice.sha256 = digest_of(notice)
    uow.session.add(notice)
    uow.session.flush()
    make_public(uow, project)
    _order(uow, notice, project)
    uow.emit(NoticePublished.of(notice))
    return notice


def _order(uow: UnitOfWork, notice: Notice, project: Project) -> None:
    """Have the notice printed as a paper that everybody may take along."""
    office = uow.session.get_one(Organisation, project.buyer_id).name
    order_paper(
        uow,
        PAPER,
        paper_data(notice, project, office),
        project_id=project.id,
        subject_id=notice.id,
        kind=DocumentKind.NOTICE,
        title=notice.title,
        filename=f"{notice.number}.pdf",
        audience=DocumentAudience.PUBLIC,
    )


def paper_data(notice: Notice, project: Project, office: str) -> dict[str, Any]:
    """The data of the printed notice: its sections as they stand."""
    sections = cast("list[dict[str, Any]]", notice.sections)
    return {
        "number": notice.number,
        "heading": notice.title,
        "project_name": project.title,
        "project_no": project.number,
        "office": office,
        "made_on": local_date(notice.published_at).isoformat(),
        "sections": [
            {
                "heading": section["title"],
                "rows": [{"label": label, "text": text} for label, text in section["rows"]],
            }
            for section in sections
        ],
    }


def _checked(section: Mapping[str, object]) -> dict[str, object]:
    """The section as stored: a title and rows of two texts, nothing else."""
    title, rows = section.get("title"), section.get("rows")
    whole = (
        isinstance(title, str)
        and isinstance(rows, list | tuple)
        and set(section) == {"title", "rows"}
        and all(
            isinstance(row, list | tuple)
            and len(row) == 2
            and all(isinstance(cell, str) for cell in row)
            for row in rows
        )
    )
    if not whole or not isinstance(rows, list | tuple):
        raise Invalid("sections", "公告内容的格式不对，每一项应有名称和文字。", RULE)
    return {"title": title, "rows": [list(row) for row in rows]}
