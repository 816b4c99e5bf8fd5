"""The buyer decides in the order of the ranking; the clerk announces the result."""

from collections.abc import Mapping

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.errors import Denied, Invalid, first_refusal
from procure.kernel.lifecycle import Stage, advance
from procure.kernel.methods import result_rule, words_of
from procure.kernel.statute import timer
from procure.kernel.text import require_text, titled
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import Organisation
from procure.registers.deadlines.use_cases import meet_term, start_term
from procure.registers.documents.models import DocumentAudience, DocumentKind
from procure.registers.documents.queries import printed
from procure.registers.documents.storage import file_store
from procure.registers.documents.use_cases import (
    file_content,
    file_upload,
    order_paper,
)
from procure.registers.notices.use_cases import publish_notice
from procure.registers.projects.models import Part
from procure.registers.projects.use_cases import add_party, enter_stage
from procure.stages.awards import papers, policies, queries
from procure.stages.awards.events import CandidatePassedOver, ResultAnnounced, WinnerDecided
from procure.stages.awards.models import (
    CandidatePassed,
    PassGround,
    RankedBid,
    Review,
)
from procure.stages.awards.standing import ReviewCase
from procure.stages.awards.use_cases.load import case_of
from procure.stages.awards.use_cases.report import DECISION_TERMS
from procure.stages.awards.use_cases.scores import SELF_RUN_TERM
from procure.stages.tenders.queries import find_document
from procure.store.holding import moved, take_up
from procure.store.unit_of_work import UnitOfWork, explain_constraint

ANNOUNCE_TERM, SIGNING_TERM = "T22", "T28"

explain_constraint(
    "ck_review_two_people",
    "",
    "抽取评审小组的人不能确定成交人。",
    policies.RULE_SEPARATION,
)


class DecideWinner(Command):
    """Decide for the first candidate who can still be chosen."""

    review_id: str
    version: int | None
    bid_id: str
    reason: str = ""


class PassOver(Command):
    """Record that a candidate cannot be chosen; `token` is the upload of the proof."""

    review_id: str
    version: int | None
    bid_id: str
    ground: PassGround
    reason: str
    token: str


class AnnounceResult(Command):
    """Make the result public and send the award notice."""

    review_id: str
    version: int | None


def decide_winner(uow: UnitOfWork, command: DecideWinner) -> Review:
    """Decide the winner, in the order of the ranking (GPL-R art 43; O87 art 68).

    Raises Invalid for another than the first of those who can be chosen: that one before cannot is
    recorded by another person first, with its ground and proof (`pass_over`).
    """
    case = case_of(uow, command.review_id)
    review = case.started
    report = printed(uow.session, id=review.report_document_id)
    take_up(review, command, first_refusal(policies.may_decide(case), report))
    ranked = {row.bid_id: row for row in queries.ranking_of(uow.session, review.id)}
    chosen = ranked.get(command.bid_id)
    if chosen is None or chosen.rank is None:
        raise Invalid(
            "bid",
            "只能从评审报告推荐的候选人中确定。",
            policies.decision_rule(case.tender),
            "请重新选择。",
        )
    passed = queries.passed_over(uow.session, review.id)
    _refuse_out_of_turn(uow, case, chosen)
    if any(one.recorded_by == uow.actor.user_id for one in passed.values()):
        raise Denied(
            "排名在前的候选人不能成交的情形由您登记，不能由您确定。",
            rule=policies.RULE_SEPARATION,
            remedy="请由本单位的另一位审核负责人办理。",
        )
    reason = "；".join(one for one in (*_grounds(uow, case, passed), command.reason.strip()) if one)
    row = queries.opened_row(uow.session, case, chosen.bid_id)
    assert row.opened.price_fen is not None
    review.state = advance("decide_winner", review.state)
    review.winner_bid_id = chosen.bid_id
    review.decided_by = uow.actor.user_id
    review.decided_at = uow.now
    review.decision_reason = reason
    for rule in (*DECISION_TERMS, SELF_RUN_TERM):
        meet_term(uow, review.id, rule)
    start_term(
        uow,
        project_id=case.project.id,
        subject_id=review.id,
        rule=ANNOUNCE_TERM,
        permission=Permission.RESULT_ANNOUNCE,
        organisation_id=case.project.buyer_id,
    )
    uow.emit(
        WinnerDecided.of(
            review,
            chosen,
            row.opened,
            supplier_name=row.supplier.name,
            amount_fen=row.opened.price_fen,
            reason=reason,
        )
    )
    return review


def _refuse_out_of_turn(uow: UnitOfWork, case: ReviewCase, chosen: RankedBid) -> None:
    """Refuse a bid that is passed over, and one before whom another can still be chosen."""
    first = queries.next_candidate(uow.session, case.started.id)
    if first is not None and first.bid_id == chosen.bid_id:
        return
    rule = policies.decision_rule(case.tender)
    if first is None or (chosen.rank or 0) < (first.rank or 0):
        raise Invalid("bid", "这名候选人已登记不能成交。", rule, "请按名次选择下一名候选人。")
    name = queries.opened_row(uow.session, case, first.bid_id).supplier.name
    raise Invalid(
        "bid",
        f"应当按名次确定第 {first.rank} 名{name}；名次在前的候选人没有依法不能成交的，不能确定后面的。",
        rule,
        "书面放弃、因不可抗力不能履行合同、不提交履约保证金或者查实不符合条件的，由经办人先在"
        "评审情况页面登记情形和证明材料，再由您确定下一名。",
    )


def _grounds(uow: UnitOfWork, case: ReviewCase, passed: Mapping[str, CandidatePassed]) -> list[str]:
    """Why those before the winner were not chosen, in the order of the ranking."""
    names = {row.bid_id: row.supplier.name for row in queries.rows_of(uow.session, case.tender)}
    return papers.passed_lines(queries.ranking_of(uow.session, case.started.id), passed, names)


def pass_over(uow: UnitOfWork, command: PassOver) -> CandidatePassed:
    """Record that the first candidate cannot be chosen, with ground and proof (R-AWD-7).

    Raises Invalid for another candidate, and without reason or proof.
    """
    case = case_of(uow, command.review_id)
    review = case.started
    take_up(review, command, policies.may_as_buyer("pass_candidate", case))
    first = queries.next_candidate(uow.session, review.id)
    rule = policies.decision_rule(case.tender)
    if first is None or first.bid_id != command.bid_id:
        raise Invalid("bid", "只能按名次登记排在最前的候选人。", rule, "请重新打开页面再登记。")
    reason = require_text(command.reason, "reason", "请写明情形和经过。", rule)
    if not command.token:
        raise Invalid("proof", "请上传证明材料，例如放弃成交的书面声明。", rule)
    row = queries.opened_row(uow.session, case, first.bid_id)
    paper = file_upload(
        uow,
        command.token,
        project_id=case.project.id,
        subject_id=review.id,
        kind=DocumentKind.CANDIDATE_PROOF,
        title=f"{row.supplier.name}不能成交的证明材料",
        audience=DocumentAudience.BUYER,
    )
    found = CandidatePassed(
        review_id=review.id,
        bid_id=first.bid_id,
        ground=command.ground,
        reason=reason,
        document_id=paper.id,
        recorded_by=uow.actor.user_id,
        recorded_at=uow.now,
    )
    uow.session.add(found)
    review.state = advance("pass_candidate", review.state)
    moved(review)
    uow.emit(
        CandidatePassedOver.of(
            review, found, first, supplier_name=row.supplier.name, sha256=paper.sha256
        )
    )
    return found


def announce_result(uow: UnitOfWork, command: AnnounceResult) -> Review:
    """Publish the result notice and send the winner the award notice, on one day (O87 art 69)."""
    case = case_of(uow, command.review_id)
    review, project = case.started, case.project
    take_up(review, command, policies.may_announce(case))
    assert review.winner_bid_id is not None
    row = queries.opened_row(uow.session, case, review.winner_bid_id)
    assert row.opened.price_fen is not None
    buyer = uow.session.get_one(Organisation, project.buyer_id)
    today = local_date(uow.now)
    sign_by = timer(SIGNING_TERM, today).due(today)
    notice = publish_notice(
        uow,
        project=project,
        kind=NoticeKind.RESULT,
        title=titled(project.title, words_of(case.tender.method).result_notice),
        sections=papers.result_sections(case, buyer, row, uow.actor.name, today),
        period_days_rule=result_rule(case.tender.method),
    )
    _publish_document(uow, case)
    data = papers.notice_data(
        case=case,
        buyer=buyer,
        row=row,
        now=uow.now,
        sign_by=sign_by.on,
        contact=uow.actor.name,
    )
    letter = order_paper(
        uow,
        papers.NOTICE_TEMPLATE,
        data,
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
    meet_term(uow, review.id, ANNOUNCE_TERM)
    for rule in (result_rule(case.tender.method), SIGNING_TERM):
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
        ResultAnnounced.of(
            review,
            row.opened,
            supplier_name=row.supplier.name,
            amount_fen=row.opened.price_fen,
            notice=notice.number,
            award_notice_id=letter.id,
            award_notice_snapshot_sha256=letter.snapshot_sha256,
            notice_until=notice.period_until,
            sign_by=sign_by.on,
        )
    )
    return review


def _publish_document(uow: UnitOfWork, case: ReviewCase) -> None:
    """Put the tender document out with the result: the same file, now for everybody (GPL-R art 43)."""
    kept = find_document(uow.session, case.tender.id)
    if kept is None or kept.audience is DocumentAudience.PUBLIC:
        return
    file_content(
        uow,
        file_store().read(kept.sha256),
        kept.filename,
        kept.media_type,
        project_id=case.project.id,
        subject_id=case.started.id,
        kind=DocumentKind.TENDER_DOCUMENT,
        title=kept.title,
        audience=DocumentAudience.PUBLIC,
    )
