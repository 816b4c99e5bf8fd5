"""What the pages of a contract show, built of its rows: facts, tables, sections, next steps."""

from collections.abc import Sequence

from procure.kernel.access import Actor, Permission
from procure.kernel.case_lines import PersonLine
from procure.kernel.clock import local_date
from procure.kernel.day_words import date_words
from procure.kernel.findings import Finding, SectionState
from procure.kernel.lifecycle import Audience, ContractState, Tone
from procure.kernel.money import Money, capitals
from procure.kernel.paths import case_path
from procure.render.sheets import CellKind
from procure.stages.contracts import drafting
from procure.stages.contracts.checks import SECTION_TITLES, SECTIONS
from procure.stages.contracts.models import (
    Contract,
    ContractEarlyEnd,
    ContractMilestone,
    ContractPost,
    ContractShare,
    ContractTarget,
    Instalment,
)
from procure.stages.contracts.queries import ContractParts, ContractRow, Signature
from procure.web.columns import Col, Table, table_of
from procure.web.presenters import (
    Answer,
    AnswerSection,
    Badge,
    Fact,
    Quantity,
    Section,
)


def audience_of(actor: Actor) -> Audience:
    """In whose words a state is told to this reader."""
    is_supplier = not actor.is_buyer and actor.may(Permission.DELIVERY_RECORD)
    return Audience.SUPPLIER if is_supplier else Audience.BUYER


def badge_of(actor: Actor, contract: Contract | ContractRow) -> Badge:
    """The contract's state for this reader; how it ended, where two people of the buyer closed it
    with what was unpaid given back.
    """
    if contract.settled_at is not None and contract.state is ContractState.COMPLETED:
        return Badge(Tone.DONE, "已结算办结")
    return Badge(contract.state, audience=audience_of(actor))


def address_of(number: str, page: str = "") -> str:
    """The address of a page of the contract of a project."""
    return case_path(number, "contract", page)


def address(contract: Contract, page: str = "") -> str:
    """The address of a page of this contract."""
    return address_of(contract.project.number, page)


def head_facts(contract: Contract) -> tuple[Fact, ...]:
    """What the contract is, in a few lines."""
    facts = [
        Fact("合同编号", contract.number),
        Fact("甲方（采购人）", contract.buyer.name),
        Fact("乙方（承接主体）", contract.supplier.name),
        Fact("合同金额", Money(contract.amount_fen), note="即成交报价"),
    ]
    if contract.promised_hours:
        facts.append(Fact("承诺服务工时", Quantity(contract.promised_hours, "小时")))
    if contract.starts_on and contract.ends_on:
        facts += [
            Fact("服务开始", contract.starts_on),
            Fact("服务结束", contract.ends_on),
            Fact("服务地点", contract.place),
        ]
    if contract.ended_early_on is not None:
        facts.append(Fact("提前终止", contract.ended_early_on, "服务的最后一日"))
    if contract.settled_at is not None:
        facts.append(Fact("结算办结", contract.settled_at, "没有支付的资金已经退回预算"))
    if contract.recipients_number:
        facts.append(
            Fact("服务对象", contract.recipients, note=f"共 {contract.recipients_number:,} 人")
        )
    if contract.window_reason:
        facts.append(Fact("质疑期届满以前签订的原因", contract.window_reason))
    if contract.late_reason:
        facts.append(Fact("逾期签订的原因", contract.late_reason))
    if contract.filing_number:
        facts.append(Fact("备案编号", contract.filing_number))
    if contract.filed_on is not None and contract.filed_at is not None:
        registered = f"{date_words(local_date(contract.filed_at))}登记"
        facts.append(Fact("备案日期", contract.filed_on, note=registered))
    return tuple(facts)


def signing_facts(contract: Contract) -> tuple[Fact, ...]:
    """What a signatory reads beside the text: the points, the price in words, the account.

    The account is fixed with the signature (R-FND-3).
    """
    return (
        *head_facts(contract),
        Fact("合同金额大写", f"人民币{capitals(Money(contract.amount_fen))}"),
        Fact("收款账户", f"{contract.payee_bank} {contract.payee_account}"),
    )


def target_table(parts: ContractParts) -> Table:
    """What is to be done."""
    columns: tuple[Col[ContractTarget], ...] = (
        Col("what", "服务目标"),
        Col("often", "频次", _often),
        Col("total", "合同期数量", lambda row: Quantity(row.total, row.unit), CellKind.INTEGER),
        Col("condition", "完成条件", nothing="有完整的服务记录"),
    )
    return table_of("服务目标", columns, parts.targets)


def _often(row: ContractTarget) -> str:
    return drafting.frequency_words(row.period, row.at_least, row.unit, row.each, row.each_count)


def post_table(parts: ContractParts) -> Table:
    """Who is to do it."""
    columns: tuple[Col[ContractPost], ...] = (
        Col("post", "岗位"),
        Col("people", "人数", lambda row: Quantity(row.people, "人"), CellKind.INTEGER),
        Col("qualification", "资格要求"),
        Col("duty", "职责"),
    )
    return table_of("人员配置", columns, parts.posts, empty="还没有填写。")


def milestone_table(parts: ContractParts) -> Table:
    """By when what is to be done."""
    columns: tuple[Col[ContractMilestone], ...] = (
        Col("title", "履约节点"),
        Col("due_on", "完成日期", kind=CellKind.DATE),
        Col("lead_unit", "牵头单位"),
        Col("assisting_unit", "配合单位", nothing="无"),
    )
    empty = "填写服务期限后会自动列出常用的节点。"
    return table_of("履约节点", columns, parts.milestones, empty=empty)


def instalment_table(parts: ContractParts) -> Table:
    """What is paid when."""
    percents = drafting.percent_words([one.percent for one in parts.instalments])
    columns: tuple[Col[tuple[Instalment, str]], ...] = (
        Col("position", "期次", lambda row: f"第 {row[0].position} 期"),
        Col("trigger", "付款节点", lambda row: row[0].trigger.label),
        Col("percent", "比例", lambda row: f"{row[1]}%", CellKind.DECIMAL),
        Col("amount", "金额", lambda row: row[0].amount_fen, CellKind.MONEY_FEN),
    )
    return table_of("付款计划", columns, zip(parts.instalments, percents, strict=True))


def share_table(parts: ContractParts) -> Table:
    """Which level of government pays how much."""
    percents = drafting.percent_words([one.weight for one in parts.shares])
    columns: tuple[Col[tuple[ContractShare, str]], ...] = (
        Col("level", "级次", lambda row: row[0].level.label),
        Col("percent", "比例", lambda row: f"{row[1]}%", CellKind.DECIMAL),
        Col("amount", "金额", lambda row: row[0].amount_fen, CellKind.MONEY_FEN),
    )
    return table_of("各级分担", columns, zip(parts.shares, percents, strict=True))


def signature_table(signatures: Sequence[Signature]) -> Table:
    """The record of signatures (签署记录)."""
    columns: tuple[Col[Signature], ...] = (
        Col("side", "签署方"),
        Col("name", "签署人"),
        Col("organisation", "单位"),
        Col("at", "签署时间", kind=CellKind.INSTANT),
        Col("sha256", "所签文本的校验码", lambda one: one.sha256[:16]),
        Col("event_hash", "存证记录", lambda one: one.event_hash[:16]),
    )
    return table_of("签署记录", columns, signatures, empty="双方还没有签署。")


def early_end_table(
    actor: Actor, contract: Contract, proposals: Sequence[ContractEarlyEnd], names: dict[str, str]
) -> Table:
    """The proposals to end the contract early; the supplier reads those that were confirmed."""
    own = actor.organisation_id == contract.supplier_id

    def proposed(one: ContractEarlyEnd) -> PersonLine:
        day = date_words(local_date(one.proposed_at))
        return PersonLine(names.get(one.proposed_by, ""), note=day)

    columns: tuple[Col[ContractEarlyEnd], ...] = (
        Col("last_on", "服务最后一日", kind=CellKind.DATE),
        Col("kind", "情形", lambda one: one.kind.label),
        Col("reason", "原因"),
        Col("proposed", "提出", proposed),
        Col("decided", "决定", lambda one: one.outcome(names)),
    )
    told = [one for one in proposals if one.confirmed or not own]
    return table_of("提前终止的申请", columns, told)


def sections_of(contract: Contract, findings: Sequence[Finding]) -> tuple[Section, ...]:
    """The task list of the clerk."""
    wrong = {finding.href for finding in findings if finding.href}
    made = []
    for section in (*SECTIONS[:4], "money", SECTIONS[4]):
        made.append(
            Section(
                SECTION_TITLES[section],
                address(contract, section),
                _section_state(contract, section, section in wrong),
                "由成交结果和预算确定，只供核对" if section == "money" else "",
            )
        )
    return tuple(made)


def _section_state(contract: Contract, section: str, wrong: bool) -> SectionState:
    if section == "money":
        return SectionState.DONE
    if section not in contract.saved:
        return SectionState.NOT_STARTED
    return SectionState.NEEDS_CHANGE if wrong else SectionState.DONE


def answer_sections(parts: ContractParts) -> tuple[AnswerSection, ...]:
    """Everything that will be printed, for the check page."""
    contract = parts.contract

    def section(key: str, *answers: Answer) -> AnswerSection:
        change = "" if key == "money" else address(contract, key)
        return AnswerSection(SECTION_TITLES[key], answers, change)

    return (
        section(
            "parties",
            Answer("甲方", contract.buyer.name),
            Answer("甲方联系人", f"{contract.buyer_contact} {contract.buyer_phone}"),
            Answer("乙方", contract.supplier.name),
            Answer("乙方联系人", f"{contract.supplier_contact} {contract.supplier_phone}"),
            Answer("收款账户", f"{contract.payee_bank} {contract.payee_account}"),
        ),
        section(
            "term",
            Answer("服务开始", contract.starts_on),
            Answer("服务结束", contract.ends_on),
            Answer("服务地点", contract.place or None),
            Answer("服务对象", contract.recipients or None),
            Answer(
                "人数",
                Quantity(contract.recipients_number, "人") if contract.recipients_number else None,
            ),
        ),
        section(
            "targets",
            *(
                Answer(row.what, f"{_often(row)}，合同期 {row.total:,} {row.unit}")
                for row in parts.targets
            ),
            Answer("人员配置", tuple(f"{row.post} {row.people} 人" for row in parts.posts) or None),
        ),
        section("milestones", *(Answer(row.title, row.due_on) for row in parts.milestones)),
        section(
            "money",
            Answer("合同金额", Money(contract.amount_fen)),
            *(
                Answer(
                    f"第 {row.position} 期（{row.trigger.label}）",
                    Money(row.amount_fen),
                )
                for row in parts.instalments
            ),
            *(Answer(row.level.label, Money(row.amount_fen)) for row in parts.shares),
        ),
        section(
            "other",
            Answer("甲方提供的场地和条件", contract.premises or "无"),
            Answer("其他约定", contract.special_terms or "无"),
        ),
    )
