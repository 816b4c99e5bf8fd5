"""The buyer decides in the order of the ranking; the clerk announces the result."""

from dataclasses import dataclass

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.errors import Invalid
from procure.kernel.lifecycle import Stage, advance
from procure.kernel.statute import timer
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import Organisation
from procure.registers.deadlines.use_cases import meet_term, start_term
from procure.registers.documents.models import DocumentAudience, DocumentKind
from procure.registers.documents.use_cases import file_rendered, print_paper
from procure.registers.notices.use_cases import publish_notice
from procure.registers.projects.models import Part
from procure.registers.projects.use_cases import add_party, enter_stage
from procure.stages.awards import papers, policies, queries
from procure.stages.awards.events import ResultAnnounced, WinnerDecided
from procure.stages.awards.models import Review
from procure.stages.awards.queries import ReviewCase
from procure.stages.awards.use_cases.load import case_of
from procure.stages.awards.use_cases.report import DECISION_TERM
from procure.stages.awards.use_cases.scores import SELF_RUN_TERM
from procure.stages.bids.queries import OpenedRow
from procure.store.base import check_version
from procure.store.unit_of_work import UnitOfWork, explain_constraint

ANNOUNCE_TERM, NOTICE_TERM, SIGNING_TERM = "T22", "T23", "T28"

explain_constraint(
    "ck_review_two_people",
    "",
    "抽取评审小组的人不能确定成交人。",
    policies.RULE_SEPARATION,
)


@dataclass(frozen=True)
class DecideWinner:
    """Decide for a ranked bid; another than the first needs the lawful reason."""

    review_id: str
    version: int | None
    bid_id: str
    reason: str = ""


@dataclass(frozen=True)
class AnnounceResult:
    """Make the result public and send the award notice."""

    review_id: str
    version: int | None


def decide_winner(uow: UnitOfWork, command: DecideWinner) -> Review:
    """Decide the winner, in the order of the ranking (GPL-R art 43; O87 art 68)."""
    case = case_of(uow, command.review_id)
    review = case.started
    sat = any(row.member.user_id == uow.actor.user_id for row in case.members)
    policies.may_decide(uow.actor, review, case.parts, sat_on_panel=sat).require()
    check_version(review, command.version)
    ranked = {row.bid_id: row for row in queries.ranking_of(uow.session, review.id)}
    chosen = ranked.get(command.bid_id)
    if chosen is None or chosen.rank is None:
        raise Invalid(
            "bid",
            "只能从评审报告推荐的候选人中确定。",
            policies.decision_rule(case.tender),
            "请重新选择。",
        )
    reason = command.reason.strip()
    if chosen.rank != 1 and not reason:
        raise Invalid(
            "reason",
            "应当确定排名第一的候选人；确定其他候选人的，要写明法定理由。",
            policies.decision_rule(case.tender),
            "例如：排名在前的候选人放弃，或者因不可抗力不能履行合同。",
        )
    row = _row(uow, case, chosen.bid_id)
    assert row.opened.price_fen is not None
    review.state = advance("decide_winner", review.state)
    review.winner_bid_id = chosen.bid_id
    review.decided_by = uow.actor.user_id
    review.decided_at = uow.now
    review.decision_reason = reason
    uow.session.flush()
    for rule in (DECISION_TERM, SELF_RUN_TERM):
        meet_term(uow, review.id, rule)
    start_term(
        uow,
        project_id=case.project.id,
        subject_id=review.id,
        rule=ANNOUNCE_TERM,
        starts_on=local_date(uow.now),
        permission=Permission.RESULT_ANNOUNCE,
        organisation_id=case.project.buyer_id,
    )
    uow.emit(
        WinnerDecided(
            subject_id=review.id,
            project=case.project.id,
            bid_id=chosen.bid_id,
            supplier_id=row.supplier.id,
            supplier_name=row.supplier.name,
            rank=chosen.rank,
            amount_fen=row.opened.price_fen,
            reason=reason,
        )
    )
    return review


def announce_result(uow: UnitOfWork, command: AnnounceResult) -> Review:
    """Publish the result notice and send the winner the award notice, on one day (O87 art 69)."""
    case = case_of(uow, command.review_id)
    review, project = case.started, case.project
    policies.may_announce(uow.actor, review, case.parts, case.may_read_bids).require()
    check_version(review, command.version)
    assert review.winner_bid_id is not None
    row = _row(uow, case, review.winner_bid_id)
    assert row.opened.price_fen is not None
    buyer = uow.session.get_one(Organisation, project.buyer_id)
    today = local_date(uow.now)
    sign_by = timer(SIGNING_TERM, today).due(today)
    notice = publish_notice(
        uow,
        project=project,
        kind=NoticeKind.RESULT,
        title=f"{project.title}{papers.award_word(case.tender)}结果公告",
        sections=papers.result_sections(case, buyer, row, uow.actor.name),
        period_days_rule=NOTICE_TERM,
    )
    data = papers.notice_data(
        case=case,
        buyer=buyer,
        row=row,
        now=uow.now,
        sign_by=sign_by.on,
        arithmetic=sign_by.words,
        contact=uow.actor.name,
    )
    document = file_rendered(
        uow,
        print_paper(uow, papers.NOTICE_TEMPLATE, data),
        project_id=project.id,
        subject_id=review.id,
        kind=DocumentKind.AWARD_NOTICE,
        title=f"{papers.award_word(case.tender)}通知书",
        filename=f"{data['notice_no']}-{papers.award_word(case.tender)}通知书.pdf",
        audience=DocumentAudience.PARTIES,
        owner_id=row.supplier.id,
    )
    review.state = advance("announce_result", review.state)
    review.announced_at = uow.now
    uow.session.flush()
    meet_term(uow, review.id, ANNOUNCE_TERM)
    for rule in (NOTICE_TERM, SIGNING_TERM):
        start_term(
            uow,
            project_id=project.id,
            subject_id=review.id,
            rule=rule,
            starts_on=today,
            permission=Permission.CONTRACT_DRAFT if rule == SIGNING_TERM else None,
            organisation_id=project.buyer_id if rule == SIGNING_TERM else None,
        )
    add_party(uow, project.id, row.supplier.id, Part.SUPPLIER)
    enter_stage(uow, project, Stage.CONTRACT)
    uow.emit(
        ResultAnnounced(
            subject_id=review.id,
            project=project.id,
            tender_id=case.tender.id,
            bid_id=row.bid_id,
            supplier_id=row.supplier.id,
            supplier_name=row.supplier.name,
            amount_fen=row.opened.price_fen,
            hours=row.opened.hours,
            notice=notice.number,
            award_notice_id=document.id,
            award_notice_sha256=document.sha256,
            notice_until=notice.period_until,
            sign_by=sign_by.on,
        )
    )
    return review


def _row(uow: UnitOfWork, case: ReviewCase, bid_id: str) -> OpenedRow:
    return next(row for row in queries.rows_of(uow.session, case.tender) if row.bid_id == bid_id)
