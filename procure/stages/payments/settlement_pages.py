"""What the pages of a settlement show: the sum with its arithmetic, who said what, the next step."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from procure.kernel.access import Actor
from procure.kernel.case_lines import Paper, PersonLine
from procure.kernel.clock import local_date
from procure.kernel.day_words import day_in_words
from procure.kernel.errors import Verdict, first_refusal
from procure.kernel.laws import cite
from procure.kernel.paths import case_path
from procure.kernel.workdays import CHINA
from procure.registers.accounts.queries import names_of
from procure.registers.documents.queries import papers_of
from procure.render.sheets import CellKind
from procure.stages.contracts.models import ContractSettlement
from procure.stages.payments import policies, queries
from procure.stages.payments.queries import LevelMoney, MoneyDossier
from procure.stages.payments.settlement import ANSWER_WORKDAYS, CLAIM_DAYS, SettlementFacts
from procure.store.proposals import asked_of
from procure.web.columns import Col, Table, table_of
from procure.web.presenters import Fact

CLAIM_LASTS = (
    "没有申请的款项退回预算，不等于债权消灭：向人民法院请求保护民事权利的诉讼时效期间为三年"
    f"（{cite('claims_lapse')}）。办结以后平台不再受理这份合同新的支付申请，"
    "承接主体以后主张的，由双方按合同的争议解决条款办理。"
)
"""What closing does to a claim that was not made: it is told to whoever proposes and whoever answers."""


def address_of(number: str, page: str = "") -> str:
    """The address of the settlement of a project's contract."""
    return case_path(number, "payments", "settlement", page)


def sum_table(dossier: MoneyDossier) -> Table:
    """What each level has still to pay, with its arithmetic, and all of them together; of a contract
    that is settled, what was given back.
    """
    levels = [dossier.of_level(share.level) for share in dossier.shares]
    sums = [(one.level.label, [one]) for one in levels] + [("合计", levels)]
    fen = CellKind.MONEY_FEN
    columns: tuple[Col[tuple[str, list[LevelMoney]]], ...] = (
        Col("level", "级次", lambda row: row[0]),
        Col("share", "承担合同金额", lambda row: sum(one.share_fen for one in row[1]), fen),
        Col("paid", "减：已支付", lambda row: sum(one.paid_fen for one in row[1]), fen),
        Col("deducted", "减：验收扣减", lambda row: sum(one.deducted_fen for one in row[1]), fen),
        Col(
            "unpaid",
            "等于：尚未支付",
            lambda row: sum(one.unpaid_fen + one.released_fen for one in row[1]),
            fen,
        ),
    )
    return table_of("尚未支付的金额，按级次计算", columns, sums)


def settlement_table(session: Session, dossier: MoneyDossier) -> Table:
    """Every proposal to settle the contract, for both sides."""
    settlements = asked_of(session, ContractSettlement, dossier.contract.id)
    people = [
        ident for one in settlements for ident in (one.proposed_by, one.answered_by, one.decided_by)
    ]
    names = names_of(session, people) if settlements else {}

    def proposed(one: ContractSettlement) -> PersonLine:
        day = day_in_words(local_date(one.proposed_at))
        return PersonLine(names.get(one.proposed_by, ""), note=day)

    columns: tuple[Col[ContractSettlement], ...] = (
        Col("ground", "情形和理由", lambda one: f"{one.ground.label}：{one.reason}"),
        Col("unpaid_fen", "尚未支付", kind=CellKind.MONEY_FEN),
        Col("proposed", "申请", proposed),
        Col("answer", "承接主体的答复", lambda one: _answered(one, names)),
        Col("decision", "采购人的决定", lambda one: _decided(one, names)),
    )
    return table_of("申请、答复和决定", columns, settlements)


def _answered(one: ContractSettlement, names: dict[str, str]) -> str:
    if one.answered_by is None or one.answered_at is None:
        return f"没有答复，期限到{day_in_words(one.answer_by)}"
    said = "同意" if one.agreed else "有异议"
    who = f"{names.get(one.answered_by, '')}（{day_in_words(local_date(one.answered_at))}）"
    return f"{who}{said}{'：' if one.answer else ''}{one.answer}"


def _decided(one: ContractSettlement, names: dict[str, str]) -> str:
    if one.decided_by is None or one.decided_at is None:
        return "待决定"
    who = f"{names.get(one.decided_by, '')}（{day_in_words(local_date(one.decided_at))}）"
    said = "同意办结" if one.confirmed else "不同意"
    return f"{who}{said}{'：' if one.decision else ''}{one.decision}"


def papers(session: Session, actor: Actor, dossier: MoneyDossier) -> Sequence[Paper]:
    """What was handed in with the proposals and answers."""
    ids = [one.id for one in asked_of(session, ContractSettlement, dossier.contract.id)]
    if not ids:
        return ()
    return papers_of(session, actor, project_id=dossier.contract.project_id, subject_ids=ids)


def days_facts(facts: SettlementFacts) -> tuple[Fact, ...]:
    """How long the supplier has to answer a proposal made today, with the arithmetic."""
    due = CHINA.due(facts.today, ANSWER_WORKDAYS)
    found = [Fact("承接主体答复的期限", due.on, f"{ANSWER_WORKDAYS} 个工作日：{due.words}")]
    if facts.may_be_asked:
        named = "、".join(str(one) for one in facts.may_be_asked)
        found.append(
            Fact(
                "现在可以申请的款项",
                f"第 {named} 期",
                f"承接主体还可以申请支付的，除了已经逾期没有申请的以外，答复的期限为 {CLAIM_DAYS} 日；"
                "承接主体同意的，可以提前决定。",
            )
        )
    return tuple(found)


def decision_verdict(
    session: Session,
    dossier: MoneyDossier,
    actor: Actor,
    pending: ContractSettlement | None,
    today: date,
) -> tuple[Verdict, Verdict]:
    """Whether this person may decide, and whether they may settle today."""
    may = policies.may_decide_settlement(actor, dossier.contract, pending)
    if pending is None:
        return may, may
    facts = queries.settlement_facts(session, dossier, today)
    return may, first_refusal(may, policies.may_settle_now(pending, facts))
