"""What the pages of delivery show: progress drawn and in tables, records, registers, milestones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from procure.kernel.access import Actor
from procure.kernel.clock import local_date
from procure.kernel.day_words import date_word, day_words
from procure.kernel.deadline_lines import DeadlineKind, DeadlineLine, deadline_line
from procure.kernel.lifecycle import Audience, MilestoneState, ServiceRecordState, Tone
from procure.kernel.paths import case_path
from procure.kernel.text import key
from procure.kernel.vocabulary import Period
from procure.render import charts
from procure.render.sheets import CellKind
from procure.stages.contracts.drafting import frequency_words
from procure.stages.contracts.models import Contract, ContractPost
from procure.stages.contracts.policies import last_service_day
from procure.stages.delivery.models import Milestone, Recipient, StaffMember
from procure.stages.delivery.names import masked, person_words, time_words
from procure.stages.delivery.progress import (
    PeriodCheck,
    PeriodStanding,
    TargetProgress,
    months_of_term,
)
from procure.stages.delivery.queries import (
    RecipientRow,
    RecordDossier,
    RecordRow,
    StaffRow,
)
from procure.web.columns import Col, Table, Where, chart_of, table_of
from procure.web.presenters import Badge, Chart, Fact, Percent, Quantity

RECIPIENT_COLUMNS: tuple[Col[RecipientRow], ...] = (
    Col("code", "编号", lambda row: row.recipient.code, sort=True),
    Col("name", "姓名", lambda row: masked(row.recipient.name), where=Where.PAGE),
    Col("station", "站点", lambda row: row.recipient.station, sort=True),
    Col("care_class", "照护类别", lambda row: row.recipient.care_class, sort=True),
    Col("enrolled", "登记日期", lambda row: row.recipient.enrolled_on, CellKind.DATE, sort=True),
    Col("left_on", "退出日期", lambda row: row.recipient.left_on, CellKind.DATE, nothing="在册"),
    Col(
        "visits",
        "已核实服务次数",
        lambda row: Quantity(row.services, "次"),
        CellKind.INTEGER,
        sort=True,
    ),
    Col("last_on", "最近一次服务", kind=CellKind.DATE, nothing="还没有"),
)
STAFF_COLUMNS: tuple[Col[StaffRow], ...] = (
    Col("name", "姓名", lambda row: row.member.name),
    Col("post", "岗位", lambda row: row.member.post),
    Col("certificate", "职业资格证书", lambda row: row.member.certificate, nothing="无"),
    Col("joined_on", "到岗", lambda row: row.member.joined_on, CellKind.DATE),
    Col("left_on", "离岗", lambda row: row.member.left_on, CellKind.DATE, nothing="在岗"),
    Col("records", "服务记录", lambda row: Quantity(row.records, "条"), CellKind.INTEGER),
    Col(
        "hours",
        "服务时数",
        lambda row: Quantity((Decimal(row.minutes) / 60).quantize(Decimal("0.1")), "小时"),
        CellKind.DECIMAL,
    ),
)

STANDINGS = {
    PeriodStanding.AHEAD: (Tone.QUIET, "未开始"),
    PeriodStanding.RUNNING: (Tone.ACTIVE, "进行中"),
    PeriodStanding.REACHED: (Tone.DONE, "已达到"),
    PeriodStanding.SHORT: (Tone.STOPPED, "未达到"),
    PeriodStanding.CUT: (Tone.QUIET, "合同提前终止，不要求做满"),
}
STEP_WORDS = {
    Fraction(1): "全部",
    Fraction(2, 3): "三分之二",
    Fraction(1, 3): "三分之一",
    Fraction(0): "不得分",
}
"""What the completion earns today, by the steps of 1.00, 0.80 and 0.60."""
LONGEST_AXIS_WORD = 8


def address_of(number: str, page: str = "") -> str:
    """The address of a page of a project's delivery."""
    return case_path(number, "delivery", page)


def progress_table(rows: Sequence[TargetProgress], number: str) -> Table:
    """The targets against what was accepted."""
    whole = CellKind.INTEGER
    columns: tuple[Col[TargetProgress], ...] = (
        Col("what", "服务目标"),
        Col("note", "", _progress_note, where=Where.NOTE),
        Col("total", "合同期数量", lambda row: Quantity(row.total, row.unit), whole),
        Col("expected", "至今应完成", lambda row: Quantity(row.expected, row.unit), whole),
        Col("accepted", "已核实", lambda row: Quantity(row.accepted, row.unit), whole),
        Col("ratio", "完成比例", lambda row: Percent(row.ratio), whole),
        Col(
            "points",
            "至今得分比例",
            lambda row: STEP_WORDS[row.step] if row.expected else "尚未到期",
            whole,
        ),
        Col("standing", "进度", _progress_badge),
    )
    address = address_of(number)
    return table_of(
        "服务目标完成情况", columns, rows, lambda row: f"{address}?target={row.position}#periods"
    )


def _progress_badge(row: TargetProgress) -> Badge:
    if row.is_behind:
        return Badge(Tone.STOPPED, f"落后 {row.missing:,} {row.unit}")
    return Badge(Tone.DONE, "按进度")


def _progress_note(row: TargetProgress) -> str:
    """What was agreed, and whom it reached; of what is nothing nothing is said."""
    uncounted = f"{row.uncounted:,} {row.unit}超出每人应有的次数或者人数不足，不计入"
    told = (
        (row.pending, f"待核实 {row.pending:,} {row.unit}"),
        (row.person_times, f"服务 {row.person_times:,} 人次"),
        (row.persons, f"共 {row.persons:,} 人"),
        (row.volunteer_hours, f"志愿者 {row.volunteer_hours:,} 小时"),
        (row.uncounted, f"另有 {uncounted}"),
    )
    often = frequency_words(row.period, row.at_least, row.unit, row.each, row.each_count)
    return "；".join([often, *(words for number, words in told if number)])


def progress_chart(rows: Sequence[TargetProgress]) -> Chart | None:
    """How far each target is, in percent of the whole term; None before anything is accepted."""
    if not any(row.accepted for row in rows):
        return None
    columns: tuple[Col[TargetProgress], ...] = (
        Col("what", "服务目标"),
        Col("ratio", "完成比例", lambda row: Percent(row.ratio), CellKind.DECIMAL),
    )
    names = [_short(row.what) for row in rows]
    percents = [(row.ratio * 100).quantize(Decimal("0.1")) for row in rows]
    behind = sum(row.is_behind for row in rows)
    standing = f"其中 {behind} 项落后于进度。" if behind else "都不落后于进度。"
    return chart_of(
        table_of("各项服务目标的完成比例", columns, rows),
        f"共 {len(rows)} 项目标，{standing}",
        lambda title, look: charts.bars(
            title, names, [charts.Series("完成比例", percents)], unit="%", look=look
        ),
    )


def month_chart(
    contract: Contract,
    row: TargetProgress,
    by_day: Mapping[tuple[str, date], int],
    today: date,
) -> Chart | None:
    """What was accepted of a target in each month that has begun; None while nothing was, and where
    the table of periods tells the months.
    """
    if contract.starts_on is None or contract.ends_on is None or not row.accepted:
        return None
    if row.period is Period.MONTH:
        return None
    term = months_of_term(contract.starts_on, last_service_day(contract))
    months = [(first, last) for first, last in term if first <= today]
    done = [
        sum(
            quantity
            for (target, day), quantity in by_day.items()
            if target == row.target_id and first <= day <= last
        )
        for first, last in months
    ]
    names = [f"第{number}月" for number in range(1, len(months) + 1)]
    lines = [
        (f"第 {number} 月（{first.month}月{first.day}日起）", quantity)
        for number, ((first, _), quantity) in enumerate(zip(months, done, strict=True), start=1)
    ]
    columns: tuple[Col[tuple[str, int]], ...] = (
        Col("month", "合同月", lambda line: line[0]),
        Col("accepted", "已核实", lambda line: Quantity(line[1], row.unit), CellKind.INTEGER),
    )
    return chart_of(
        table_of(f"{row.what}：每月已核实数量", columns, lines),
        f"合同期共 {row.total:,} {row.unit}，已核实 {row.accepted:,} {row.unit}。",
        lambda title, look: charts.bars(
            title, names, [charts.Series("已核实", done)], unit=row.unit, look=look
        ),
    )


def period_table(checks: Sequence[PeriodCheck], unit: str, today: date) -> Table:
    """Each week, month or quarter of a target with its standing."""
    whole = CellKind.INTEGER
    columns: tuple[Col[PeriodCheck], ...] = (
        Col("period", "期间", lambda check: f"{date_word(check.first)}至{date_word(check.last)}"),
        Col("required", "应完成", lambda check: Quantity(check.required, unit), whole),
        Col("accepted", "已核实", lambda check: Quantity(check.accepted, unit), whole),
        Col("pending", "待核实", lambda check: Quantity(check.pending, unit), whole),
        Col("standing", "情况", lambda check: _standing(check, unit)),
    )
    begun = [check for check in checks if check.first <= today or check.number == 1]
    return table_of("按期检查", columns, begun)


def _standing(check: PeriodCheck, unit: str) -> Badge:
    tone, words = STANDINGS[check.standing]
    if check.standing in (PeriodStanding.RUNNING, PeriodStanding.SHORT):
        words = f"{words}，还差 {check.missing:,} {unit}"
    return Badge(tone, words)


def milestone_table(
    milestones: Sequence[Milestone], actor: Actor, contract: Contract, now: datetime
) -> Table:
    """The milestones with their dates in words."""
    supplier = actor.organisation_id == contract.supplier_id
    audience = Audience.SUPPLIER if supplier else Audience.BUYER
    number = contract.project.number

    def due(one: Milestone) -> DeadlineLine | str:
        if one.state is MilestoneState.CANCELLED:
            return "不再要求"
        return deadline_line(one.due_on, now, kind=DeadlineKind.DUTY, met_on=_met_on(one))

    columns: tuple[Col[Milestone], ...] = (
        Col("title", "履约节点"),
        Col(
            "returned",
            "",
            lambda one: one.returned_reason and f"退回理由：{one.returned_reason}",
            where=Where.NOTE,
        ),
        Col("due", "期限", due),
        Col("lead_unit", "牵头单位"),
        Col("assisting_unit", "配合单位", nothing="无"),
        Col("state", "状态", lambda one: Badge(one.state, audience=audience)),
    )
    return table_of(
        "履约节点",
        columns,
        milestones,
        lambda one: address_of(number, f"milestones/{one.position}"),
    )


def _met_on(milestone: Milestone) -> date | None:
    if milestone.state is MilestoneState.PLANNED or milestone.reported_at is None:
        return None
    return local_date(milestone.reported_at)


def record_columns(today: date) -> tuple[Col[RecordRow], ...]:
    """The list of service records; names are masked on the page and left out of files."""
    whole = CellKind.INTEGER
    return (
        Col(
            "served", "服务时间", lambda row: _served_words(row, today), sort=True, where=Where.PAGE
        ),
        Col("note", "", record_note, where=Where.NOTE),
        Col("served_on", "服务日期", kind=CellKind.DATE, where=Where.FILE),
        Col("started", "开始", lambda row: time_words(row.started_minute), where=Where.FILE),
        Col("ended", "结束", lambda row: time_words(row.ended_minute), where=Where.FILE),
        Col("target", "服务目标", sort=True),
        Col("quantity", "数量", lambda row: Quantity(row.quantity, row.unit), whole, sort=True),
        Col("unit", "单位", where=Where.FILE),
        Col("whom", "服务对象", _whom, where=Where.PAGE),
        Col("recipient_code", "服务对象编号", where=Where.FILE),
        Col("people", "人次", kind=whole, where=Where.FILE),
        Col("volunteer_hours", "志愿者时数", kind=whole, where=Where.FILE),
        Col("staff", "服务人员", sort=True),
        Col("place", "地点"),
        Col("content", "服务内容", where=Where.FILE),
        Col(
            "has_evidence",
            "佐证",
            lambda row: f"{row.evidence:,} 份" if row.evidence else "没有",
            where=Where.PAGE,
        ),
        Col("evidence", "佐证", kind=whole, unit="份", where=Where.FILE),
        Col("state", "状态", lambda row: Badge(row.state), sort=True),
        Col(
            "recorded",
            "登记时间",
            lambda row: row.recorded_at,
            CellKind.INSTANT,
            where=Where.FILE,
            sort=True,
        ),
        Col("backfill_reason", "补录原因", where=Where.FILE),
        Col("review_reason", "核实理由", where=Where.FILE),
    )


def _served_words(row: RecordRow, today: date) -> str:
    start, end = time_words(row.started_minute), time_words(row.ended_minute)
    return f"{day_words(row.served_on, today)} {start}–{end}"


def _whom(row: RecordRow) -> str:
    return person_words(row.recipient_code, row.recipient_name, row.people)


def record_note(row: RecordRow, doubts: Sequence[str] = ()) -> str:
    """What a reviewer should mind of a record."""
    words = list(doubts)
    if row.not_payable:
        words.append(f"超过 72 小时登记，一般不计入；补录原因：{row.backfill_reason}")
    elif row.backfilled:
        words.append(f"超过 24 小时登记；补录原因：{row.backfill_reason}")
    return "；".join(words)


def record_facts(dossier: RecordDossier) -> tuple[Fact, ...]:
    """One record in full."""
    row = dossier.row
    facts = [
        Fact("服务目标", row.target),
        Fact("计入数量", Quantity(row.quantity, row.unit)),
        Fact("服务日期", row.served_on),
        Fact("起止时间", f"{time_words(row.started_minute)}至{time_words(row.ended_minute)}"),
        Fact("地点", row.place),
        Fact("服务对象", person_words(row.recipient_code, row.recipient_name, row.people)),
        Fact("服务人员", row.staff),
        Fact("志愿者服务时数", Quantity(row.volunteer_hours, "小时"), note="单独统计"),
        Fact("服务内容", row.content),
        Fact("登记", dossier.recorded_by, note="登记人"),
        Fact("登记时间", row.recorded_at),
    ]
    if row.backfilled:
        facts.append(Fact("补录原因", row.backfill_reason, note=_lateness(row)))
    if dossier.reviewed_by:
        facts.append(Fact("核实人", dossier.reviewed_by))
    if row.ended_reason:
        words = "撤回理由" if row.state is ServiceRecordState.WITHDRAWN else "核查不属实的理由"
        facts.append(Fact(words, row.ended_reason))
    if row.review_reason:
        facts.append(Fact("核实理由", row.review_reason))
    return tuple(facts)


def _lateness(row: RecordRow) -> str:
    return "超过 72 小时登记，一般不计入数量" if row.not_payable else "超过 24 小时登记"


def leave_address(number: str, register: str, one: Recipient | StaffMember, *, keeps: bool) -> str:
    """Where it is noted that a person left; empty for who left already or may not keep registers."""
    return address_of(number, f"{register}/{one.id}/leave") if keeps and one.left_on is None else ""


def staff_facts(
    staff: Sequence[StaffMember], posts: Sequence[ContractPost], recipients: int
) -> tuple[Fact, ...]:
    """People on post against the contract, certified share, people served for each worker."""
    present = [one for one in staff if one.left_on is None]
    agreed = sum(post.people for post in posts)
    certified = sum(bool(one.certificate) for one in present)
    facts = [
        Fact("在岗人数", Quantity(len(present), "人"), note=f"合同约定 {agreed:,} 人"),
        Fact(
            "持证比例",
            Percent(_share(certified, len(present))),
            note=f"{certified:,} 人持有职业资格证书",
        ),
    ]
    if present and recipients:
        each = (Decimal(recipients) / len(present)).quantize(Decimal("0.1"))
        facts.append(Fact("每名人员服务对象", Quantity(each, "人"), note=f"名册 {recipients:,} 人"))
    named = {key(post.post) for post in posts}
    for post in posts:
        there = sum(key(one.post) == key(post.post) for one in present)
        facts.append(
            Fact(
                post.post,
                Quantity(there, "人"),
                note=f"按登记的岗位名称统计；合同约定 {post.people:,} 人",
            )
        )
    others = Counter(one.post for one in present if key(one.post) not in named)
    if others:
        words = "、".join(f"{post} {number:,} 人" for post, number in others.items())
        facts.append(Fact("岗位名称与合同不同", words, note="请核对是否就是合同约定的岗位"))
    return tuple(facts)


def _share(part: int, whole: int) -> Decimal:
    return (Decimal(part) / whole).quantize(Decimal("0.0001")) if whole else Decimal(0)


def _short(words: str) -> str:
    if len(words) <= LONGEST_AXIS_WORD:
        return words
    return f"{words[: LONGEST_AXIS_WORD - 1]}…"
