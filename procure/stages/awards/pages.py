"""What the pages of a review show: frozen values made of rows and verdicts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from procure.kernel.case_lines import Paper, PersonLine
from procure.kernel.clock import local_date
from procure.kernel.day_words import day_words
from procure.kernel.deadline_lines import DeadlineKind, DeadlineLine, deadline_line
from procure.kernel.findings import Finding, SectionState, block, confirm
from procure.kernel.lifecycle import Tone
from procure.kernel.money import Money
from procure.kernel.number_words import number_words
from procure.kernel.number_words import points_words as score_words
from procure.kernel.phrases import points_in_words
from procure.kernel.statute import timer
from procure.kernel.vocabulary import PriceWay
from procure.render import charts
from procure.render.sheets import CellKind
from procure.stages.awards import draw as drawing
from procure.stages.awards.draw import Candidate
from procure.stages.awards.events import CAUSE_LABELS, CONFLICT
from procure.stages.awards.models import (
    BidCheck,
    BidderRelation,
    MemberAbsence,
    PanelMember,
    RankedBid,
    Review,
    Score,
)
from procure.stages.awards.papers import (
    CHALLENGE_RULE,
    cause_of,
    flag_words,
    relation_words,
    tie_seed_of,
)
from procure.stages.awards.ranking import TIE_FLAG, broken_limits, is_valid, tie_lot
from procure.stages.awards.relations import SharedFact
from procure.stages.awards.standing import MemberRow, ReviewCase
from procure.stages.awards.use_cases.decision import SIGNING_TERM
from procure.stages.bids.models import OpenedBid
from procure.stages.bids.policies import limit_rule
from procure.stages.bids.queries import OpenedRow
from procure.stages.tenders.models import Tender, TenderCriterion
from procure.web.columns import Col, Table, chart_of, table_of
from procure.web.presenters import (
    Answer,
    AnswerSection,
    Badge,
    Chart,
    Fact,
    Link,
    Quantity,
    Section,
)

POINTS = "分"


def people(case: ReviewCase) -> tuple[tuple[str, PersonLine], ...]:
    """The seated members with their duty."""
    return tuple(
        (
            "组长" if row.member.is_chair else "成员",
            PersonLine(
                row.user.name,
                row.user.employer,
                row.member.seat.label,
                member_words(row.member, is_delivered=case.started.reported_at is not None),
            ),
        )
        for row in case.seated
    )


def member_words(member: PanelMember, *, is_delivered: bool = False) -> str:
    """How far a member is; once the report is delivered, whoever did not sign it counts as agreeing."""
    if member.has_conflict:
        return "声明应当回避，待更换"
    if member.signed_at is not None:
        return "已签署报告，写有不同意见" if member.dissent else "已签署报告"
    if is_delivered:
        return "没有签署，视为同意报告"
    if member.locked_at is not None:
        return "评分已锁定"
    return "未签署回避声明" if member.has_conflict is None else "已签署回避声明"


def offer_facts(opened: OpenedBid) -> tuple[Fact, ...]:
    """Price and promise; only for readers who may see prices."""
    return (
        Fact("报价", "未能打开" if opened.price_fen is None else Money(opened.price_fen)),
        Fact("承诺工时", "不涉及" if opened.hours is None else Quantity(opened.hours, "小时")),
        Fact("小微企业价格扣除", "申请" if opened.claims_deduction else "不申请"),
    )


def content_sections(
    opened: OpenedBid,
    criteria: Sequence[TenderCriterion],
    attachments: Sequence[Paper],
) -> tuple[AnswerSection, ...]:
    """What a bid says, without its price."""
    answers = tuple(Answer(criterion.name, said) for criterion, said in responses(opened, criteria))
    return (
        AnswerSection("服务方案", (Answer("总体方案", opened.proposal or "没有内容"), *answers)),
        AnswerSection(
            "资格和人员",
            (
                Answer("资格声明", tuple(opened.statements) or "没有声明"),
                Answer("项目负责人", opened.project_manager or "没有填写"),
                Answer("资质和经验", opened.manager_experience or "没有填写"),
                Answer("附件", tuple(attachments) or "没有附件"),
            ),
        ),
    )


def responses(
    opened: OpenedBid, criteria: Sequence[TenderCriterion]
) -> tuple[tuple[TenderCriterion, str], ...]:
    """What a bid answers to each factor, for the mark to stand beside it."""
    return tuple(
        (
            criterion,
            (opened.answers[place] if place < len(opened.answers) else "") or "没有响应",
        )
        for place, criterion in enumerate(criteria)
    )


def factor_words(criterion: TenderCriterion) -> str:
    """How a factor is scored, after its standard."""
    kind = "客观因素，全体成员应当打同一分数" if criterion.objective else "主观因素，独立评分"
    return f"{criterion.standard}（{kind}）"


def declared_facts(member: PanelMember, name: str) -> tuple[Fact, ...]:
    """A declaration as it was signed."""
    said = "没有应当回避的情形"
    if member.has_conflict:
        said = f"有应当回避的情形：{member.conflict_reason}"
    return (
        Fact("声明", said),
        Fact("签署人", name),
        Fact("签署时间", member.declared_at),
    )


def check_sections(
    base: str, rows: Sequence[OpenedRow], checks: Mapping[str, BidCheck]
) -> tuple[Section, ...]:
    """The checks as a task list, one bid a line."""
    return tuple(
        Section(
            row.supplier.name,
            f"{base}/checks/{row.bid_id}",
            SectionState.DONE if row.bid_id in checks else SectionState.NOT_STARTED,
            check_words(checks.get(row.bid_id)),
        )
        for row in rows
    )


def check_words(check: BidCheck | None) -> str:
    """A finding in words."""
    if check is None:
        return ""
    return "通过" if is_valid(check) else f"不通过：{check.reason}"


def check_table(rows: Sequence[OpenedRow], checks: Mapping[str, BidCheck]) -> Table:
    """All findings."""
    checked = [(row.supplier.name, checks[row.bid_id]) for row in rows if row.bid_id in checks]
    columns: tuple[Col[tuple[str, BidCheck]], ...] = (
        Col("supplier", "供应商", lambda row: row[0]),
        Col("qualified", "资格审查", lambda row: "通过" if row[1].qualified else "不通过"),
        Col("conforms", "符合性审查", lambda row: "通过" if row[1].conforms else "不通过"),
        Col("reason", "原因", lambda row: row[1].reason, nothing="无"),
    )
    return table_of("资格和符合性审查意见", columns, checked)


def clues(
    case: ReviewCase,
    of: OpenedRow,
    shared: Mapping[str, Sequence[SharedFact]],
    names: Mapping[str, str],
) -> tuple[Finding, ...]:
    """What the system sees in one bid: figures that make it invalid, things shared with others.
    `names` are the bidders' by bid.
    """
    found = [
        block(
            f"{words}，投标无效。",
            limit_rule(case.tender),
            "符合性审查请选择不通过。",
        )
        for words in broken_limits(case.tender, case.criteria, of.opened)
    ]
    found += [
        confirm(
            f"与{names[bid_id]}的{fact.words}。",
            fact.rule,
            "请核实两家的关系，在右边认定并写明理由。",
        )
        for bid_id, facts in shared.items()
        for fact in facts
    ]
    return tuple(found)


def relation_lines(
    relations: Mapping[tuple[str, str], BidderRelation], names: Mapping[str, str]
) -> list[str]:
    """What was found about bidders that share something, a sentence each."""
    return [relation_words(one, names) for one in relations.values()]


def score_sections(
    base: str,
    rows: Sequence[OpenedRow],
    criteria: Sequence[TenderCriterion],
    own: Sequence[Score],
) -> tuple[Section, ...]:
    """One's own scoring as a task list."""
    sections = []
    for row in rows:
        given = {one.criterion_id: one for one in own if one.bid_id == row.bid_id}
        bare = sum(
            not criterion.objective and not given[criterion.id].reason.strip()
            for criterion in criteria
            if criterion.id in given
        )
        state = SectionState.DOING if given else SectionState.NOT_STARTED
        if len(given) == len(criteria) and not bare:
            state = SectionState.DONE
        note = f"已评 {len(given)} 项，共 {len(criteria)} 项"
        sections.append(
            Section(
                row.supplier.name,
                f"{base}/scores/{row.bid_id}",
                state,
                f"{note}，其中 {bare} 项还没有写理由" if bare else note,
            )
        )
    return tuple(sections)


def own_sheet(
    base: str,
    rows: Sequence[OpenedRow],
    criteria: Sequence[TenderCriterion],
    own: Sequence[Score],
    invalid: Mapping[str, str],
) -> tuple[AnswerSection, ...]:
    """One's own marks, before they are locked and after; `invalid` has the reasons of bids found
    invalid since they were marked.
    """
    given = {(score.bid_id, score.criterion_id): score for score in own}
    return tuple(
        AnswerSection(
            row.supplier.name,
            (
                *_invalid(invalid.get(row.bid_id)),
                *(
                    Answer(criterion.name, _mark_words(given.get((row.bid_id, criterion.id))))
                    for criterion in criteria
                ),
            ),
            f"{base}/scores/{row.bid_id}",
        )
        for row in rows
    )


def _invalid(reason: str | None) -> tuple[Answer, ...]:
    if reason is None:
        return ()
    return (Answer("审查结论", (Badge(Tone.STOPPED, "无效"), reason)),)


def _mark_words(score: Score | None) -> str:
    if score is None:
        return "没有打分"
    reason = f"，{score.reason}" if score.reason else ""
    return f"{points_in_words(score.points)} 分{reason}"


def signing_line(sent_on: date, now: datetime) -> DeadlineLine:
    """Until when a contract has to be signed once the award notice is sent (GPL art 46; T28)."""
    period = timer(SIGNING_TERM, sent_on)
    return deadline_line(
        period.due(sent_on),
        now,
        label=f"签订合同（{day_words(sent_on, local_date(now))} 发出通知书的）",
        kind=DeadlineKind.DUTY,
        rule=period.words(),
    )


def challenge_line(period_until: date, now: datetime) -> DeadlineLine:
    """Until when a bidder may challenge the result: counted from the end of the notice (T33)."""
    period = timer(CHALLENGE_RULE, period_until)
    return deadline_line(period.due(period_until), now, label="对结果提出质疑", rule=period.words())


def absence_facts(absence: MemberAbsence, row: MemberRow) -> tuple[Fact, ...]:
    """What the approver decides on."""
    return (
        Fact("成员", row.user.name),
        Fact("原因", absence.kind.label),
        Fact("情况说明", absence.reason),
        Fact("登记时间", absence.reported_at),
    )


def ranking_table(ranked: Sequence[RankedBid], rows: Sequence[OpenedRow], base: str) -> Table:
    """The ranking; bids out of it last."""
    by_bid = {row.bid_id: row for row in rows}

    def points(of: Callable[[RankedBid], int]) -> Callable[[RankedBid], str]:
        return lambda one: "无" if one.rank is None else score_words(Decimal(of(one)) / 100)

    def supplier(one: RankedBid) -> Link:
        return Link(by_bid[one.bid_id].supplier.name, f"{base}/bids/{one.bid_id}")

    columns: tuple[Col[RankedBid], ...] = (
        Col("rank", "名次", lambda one: "未排名" if one.rank is None else f"第 {one.rank} 名"),
        Col("supplier", "供应商", supplier),
        Col(
            "price",
            "报价",
            lambda one: by_bid[one.bid_id].opened.price_fen,
            CellKind.MONEY_FEN,
            nothing="未能打开",
        ),
        Col(
            "price_points", "价格（工时）分", points(lambda one: one.price_points), CellKind.DECIMAL
        ),
        Col("quality", "其他得分", points(lambda one: one.quality_points), CellKind.DECIMAL),
        Col("total", "总分", points(lambda one: one.total_points), CellKind.DECIMAL),
        Col("note", "说明", lambda one: flag_words(one.flags), nothing="无"),
    )
    return table_of("得分和名次", columns, ranked)


def working_table(tender: Tender, ranked: Sequence[RankedBid], rows: Sequence[OpenedRow]) -> Table:
    """How the points of price or hours come out of the figures (R-SC-5, R-SC-6); empty where the
    price is fixed and not marked.
    """
    by_bid = {row.bid_id: row for row in rows}
    placed = [one for one in ranked if one.rank is not None]
    base = min((one.evaluated_price_fen for one in placed), default=0)
    longest = max((by_bid[one.bid_id].opened.hours or 0 for one in placed), default=0)

    def ratio(one: RankedBid) -> str:
        opened = by_bid[one.bid_id].opened
        if tender.price_way is PriceWay.RATIO_TO_MAX:
            return f"{opened.hours or 0:,} 小时 ÷ {longest:,} 小时"
        evaluated = Money(one.evaluated_price_fen).format()
        quoted = "" if opened.price_fen is None else Money(opened.price_fen).format()
        deducted = "" if quoted in ("", evaluated) else f"报价 {quoted}，扣除后 {evaluated}；"
        return f"{deducted}{Money(base).format()} ÷ {evaluated}"

    most = points_in_words(tender.price_points)
    columns: tuple[Col[RankedBid], ...] = (
        Col("supplier", "供应商", lambda one: by_bid[one.bid_id].supplier.name),
        Col(
            "working",
            "算式",
            lambda one: f"{ratio(one)} × {most} 分 ＝ {points_in_words(one.price_points)} 分",
        ),
    )
    is_marked = tender.price_way is not PriceWay.FIXED
    return table_of("价格（工时）分的算式", columns, placed if is_marked else ())


def tie_table(review: Review, ranked: Sequence[RankedBid], rows: Sequence[OpenedRow]) -> Table:
    """The draw among bids that shared a rank, so that anybody can repeat it; empty without ties."""
    names = {row.bid_id: row.supplier.name for row in rows}
    columns: tuple[Col[RankedBid], ...] = (
        Col("supplier", "供应商", lambda one: names[one.bid_id]),
        Col("rank", "名次", lambda one: f"第 {one.rank} 名"),
        Col("bid_id", "投标编号"),
        Col("lot", "抽签值", lambda one: tie_lot(tie_seed_of(review), one.bid_id)),
    )
    tied = [one for one in ranked if TIE_FLAG in one.flags]
    return table_of("得分和报价相同的，抽签确定先后", columns, tied)


def ranking_chart(ranked: Sequence[RankedBid], rows: Sequence[OpenedRow]) -> Chart | None:
    """The points of those in the ranking, drawn in its order; None with nobody in it."""
    names = {row.bid_id: row.supplier.name for row in rows}
    placed = [one for one in ranked if one.rank is not None]
    if not placed:
        return None
    quality, price = "其他得分", "价格（工时）分"
    columns: tuple[Col[RankedBid], ...] = (
        Col("supplier", "供应商", lambda one: names[one.bid_id]),
        Col("quality", quality, lambda one: _points(one.quality_points), CellKind.DECIMAL),
        Col("price", price, lambda one: _points(one.price_points), CellKind.DECIMAL),
    )
    series = [
        charts.Series(quality, [Decimal(one.quality_points) / 100 for one in placed]),
        charts.Series(price, [Decimal(one.price_points) / 100 for one in placed]),
    ]
    first = placed[0]
    return chart_of(
        table_of("得分构成", columns, placed),
        f"第 1 名 {names[first.bid_id]}，总分 {points_in_words(first.total_points)} 分；"
        f"共 {len(placed)} 家进入排序。",
        lambda title, look: charts.stacked_bars(
            title,
            [f"第 {one.rank} 名 {names[one.bid_id]}" for one in placed],
            series,
            unit=POINTS,
            full=100,
            look=look,
        ),
    )


def score_table(case: ReviewCase, rows: Sequence[OpenedRow], scores: Sequence[Score]) -> Table:
    """All marks, one line for each factor and supplier, the members' side by side."""
    given = {(one.criterion_id, one.bid_id, one.member_id): one.points for one in scores}
    scored = {one.bid_id for one in scores}
    columns: list[Col[tuple[TenderCriterion, OpenedRow]]] = [
        Col(
            "factor",
            "评分因素",
            lambda line: f"{line[0].name}（满分 {number_words(Decimal(line[0].points) / 100)} 分）",
        ),
        Col("supplier", "供应商", lambda line: line[1].supplier.name),
    ]
    columns += [_marks_of(seat, given) for seat in case.seated]
    lines = [(factor, row) for factor in case.criteria for row in rows if row.bid_id in scored]
    return table_of("各成员评分", columns, lines)


def _marks_of(
    seat: MemberRow, given: Mapping[tuple[str, str, str], int]
) -> Col[tuple[TenderCriterion, OpenedRow]]:
    def mark(line: tuple[TenderCriterion, OpenedRow]) -> Quantity | None:
        stored = given.get((line[0].id, line[1].bid_id, seat.member.id))
        return None if stored is None else _points(stored)

    return Col(seat.member.id, seat.user.name, mark, CellKind.DECIMAL, nothing="没有打分")


def _points(stored: int) -> Quantity:
    return Quantity(Decimal(stored) / 100, POINTS)


def member_table(case: ReviewCase, rows: Sequence[OpenedRow], scores: Sequence[Score]) -> Table:
    """Every mark of every member with its reason, for whoever wants to read them all."""
    names = {row.bid_id: row.supplier.name for row in rows}
    factors = {row.id: (row.position, row.name) for row in case.criteria}
    seats = {row.member.id: (row.member.position, row.user.name) for row in case.seated}
    ordered = sorted(
        (score for score in scores if score.member_id in seats),
        key=lambda one: (names[one.bid_id], factors[one.criterion_id], seats[one.member_id]),
    )
    columns: tuple[Col[Score], ...] = (
        Col("supplier", "供应商", lambda score: names[score.bid_id]),
        Col("factor", "评分因素", lambda score: factors[score.criterion_id][1]),
        Col("member", "成员", lambda score: seats[score.member_id][1]),
        Col("points", "得分", lambda score: _points(score.points), CellKind.DECIMAL),
        Col("reason", "理由", nothing="无"),
    )
    return table_of("评分理由", columns, ordered)


def change_table(case: ReviewCase, told: Sequence[Mapping[str, Any]]) -> Table:
    """The replacements as the trail tells them: who left and why, who came, who was passed over.

    Earlier versions replaced for a conflict alone and did not say so.
    """
    names = {row.member.user_id: row.user.name for row in case.members}
    names |= {one["id"]: one["name"] for one in case.started.draw["pool"]}  # type: ignore[attr-defined]
    for one in told:
        pool = (one.get("supplement") or {}).get("pool", ())
        names |= {expert["id"]: expert["name"] for expert in pool}

    def passed(one: Mapping[str, Any]) -> str:
        return "；".join(
            f"{names[skipped['id']]}：{skipped['reason']}"
            for skipped in one["skipped"]
            if skipped["reason"] != drawing.ALREADY_DRAWN
        )

    columns: tuple[Col[Mapping[str, Any]], ...] = (
        Col("leaving", "原成员", lambda one: names[one["user_id"]]),
        Col("cause", "原因", lambda one: CAUSE_LABELS[one.get("cause", CONFLICT)]),
        Col("taking", "接替", lambda one: names[one["new_user_id"]]),
        Col("skipped", "略过的专家", passed, nothing="无"),
        Col(
            "supplement",
            "补充抽取的随机数",
            lambda one: (one.get("supplement") or {}).get("seed"),
            nothing="按原次序，没有另抽",
        ),
    )
    return table_of("更换的成员", columns, told)


def draw_table(case: ReviewCase, absences: Sequence[MemberAbsence]) -> Table:
    """The whole draw, repeated from its record: who stood where, who was taken or passed over."""
    recorded = case.started.draw
    pool, seed = drawing.pool_of(dict(recorded)), str(recorded["seed"])
    seated = {row.member.user_id: row.member for row in case.members}
    excluded = recorded["excluded_employers"]
    drawn = drawing.draw(pool, seed, len(pool), excluded_employers=excluded)  # type: ignore[arg-type]
    passed = {one.id: one.reason for one in drawn.skipped}

    def result(candidate: Candidate) -> str:
        member = seated.get(candidate.id)
        if member is None:
            return passed.get(candidate.id, "未用到")
        if member.replaced_at is None:
            return "抽中"
        return f"抽中，因{CAUSE_LABELS[cause_of(member, absences)]}更换"

    columns: tuple[Col[tuple[int, Candidate]], ...] = (
        Col("order", "次序", lambda row: row[0], CellKind.INTEGER),
        Col("name", "专家", lambda row: row[1].name),
        Col("employer", "单位", lambda row: row[1].employer),
        Col("speciality", "专业", lambda row: row[1].speciality),
        Col("result", "结果", lambda row: result(row[1])),
    )
    return table_of("抽取次序", columns, enumerate(drawing.order_of(pool, seed), start=1))
