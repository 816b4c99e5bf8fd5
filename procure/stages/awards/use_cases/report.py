"""Low prices judged, the report signed by each member and delivered to the buyer."""

from datetime import datetime

from procure.kernel.access import Permission
from procure.kernel.commands import Command
from procure.kernel.errors import Invalid, NotFound, Stale
from procure.kernel.lifecycle import advance
from procure.kernel.methods import decision_rule
from procure.kernel.text import titled
from procure.kernel.vocabulary import ProcurementMethod
from procure.registers.accounts.models import Organisation
from procure.registers.deadlines.use_cases import meet_term, start_term
from procure.registers.documents.models import DocumentAudience, DocumentKind
from procure.registers.documents.use_cases import order_paper
from procure.stages.awards import papers, policies, queries
from procure.stages.awards.events import (
    LowPriceJudged,
    PriceQuestioned,
    ReviewReportDelivered,
    ReviewReportSigned,
)
from procure.stages.awards.models import LowPriceReview, RankedBid, Review
from procure.stages.awards.papers import too_few_words
from procure.stages.awards.standing import ReviewCase
from procure.stages.awards.use_cases.failure import fail_review
from procure.stages.awards.use_cases.load import case_of
from procure.stages.awards.use_cases.scores import (
    REPORT_TERM,
    compute_ranking,
    places_said,
    store_ranking,
)
from procure.stages.bids.policies import bids_needed
from procure.store import trail
from procure.store.unit_of_work import UnitOfWork, explain_constraint

DECISION_TERMS = tuple(decision_rule(method) for method in ProcurementMethod)
"""The buyer's days to decide, by method; older terms of consultations run under that of tenders."""

explain_constraint(
    "time_to_answer", "answer_until", "说明期限应晚于提出要求的时间。", policies.RULE_LOW
)


class JudgeLowPrice(Command):
    """What was asked and answered about a low price, on what basis it was judged, and how."""

    review_id: str
    bid_id: str
    asked_at: datetime
    answer_until: datetime
    explanation: str
    basis: str
    reasonable: bool


class SignReport(Command):
    """A member's signature, with a dissent where there is one; `prices_sound` is the answer to the
    question about unreasonable prices, None where prices do not compete. `findings` is the digest of
    the conclusions that the member read; left out, it is not asked for.
    """

    review_id: str
    dissent: str = ""
    prices_sound: bool | None = None
    findings: str | None = None


class QuestionPrice(Command):
    """A member finds the price of a ranked bid clearly unreasonable."""

    review_id: str
    bid_id: str
    reason: str


def judge_low_price(uow: UnitOfWork, command: JudgeLowPrice) -> LowPriceReview:
    """Record the review of an abnormally low price (R-LOW-2 to R-LOW-4).

    A price that is not proved reasonable makes the bid invalid, and the rest are ranked anew; too
    few left end the review. Raises Invalid for less than thirty minutes to answer.
    """
    case = case_of(uow, command.review_id)
    review = case.started
    ranked = _ranked(uow, review, command.bid_id)
    policies.may_judge_low_price(case, ranked).require()
    _check_low(uow, review, command)
    if command.bid_id in queries.low_price_reviews(uow.session, review.id):
        raise Invalid("", "这份报价的审查结论已经登记。", policies.RULE_LOW)
    found = LowPriceReview(
        review_id=review.id,
        bid_id=command.bid_id,
        asked_at=command.asked_at,
        answer_until=command.answer_until,
        explanation=command.explanation.strip(),
        basis=command.basis.strip(),
        reasonable=command.reasonable,
        judged_by=uow.actor.user_id,
        judged_at=uow.now,
    )
    uow.session.add(found)
    review.state = advance("judge_low_price", review.state)
    uow.emit(
        LowPriceJudged.of(
            review,
            found,
            supplier_name=queries.opened_row(uow.session, case, command.bid_id).supplier.name,
            ranking=() if command.reasonable else _rank_without(uow, case, command.bid_id),
        )
    )
    if not command.reasonable:
        _end_when_too_few(uow, case)
    return found


def sign_report(uow: UnitOfWork, command: SignReport) -> bool:
    """Sign; whether that was the last signature, upon which the report is delivered.

    Raises Stale when the conclusions are no longer those that the member read.
    """
    case = case_of(uow, command.review_id)
    review, member = case.started, case.own
    waiting = queries.low_waiting(uow.session, review.id)
    policies.may_sign(case, len(waiting), uow.now).require()
    assert member is not None
    findings = _digest(uow, review)
    if command.findings not in (None, findings):
        raise Stale("评审结论在您打开页面以后有变化，这次没有签署。")
    review.state = advance("sign_report", review.state)
    member.signed_at = uow.now
    member.dissent = command.dissent.strip()
    member.prices_sound = command.prices_sound
    uow.emit(
        ReviewReportSigned.of(
            review,
            member,
            member_id=member.id,
            findings_sha256=findings,
            prices_sound=member.prices_sound,
        )
    )
    is_last = all(row.member.signed_at is not None for row in case.seated)
    if is_last:
        _deliver(uow, case)
    return is_last


def question_price(uow: UnitOfWork, command: QuestionPrice) -> RankedBid:
    """Call a price clearly unreasonable: its bidder is asked as for one below a line (LOW2), and
    whoever has signed signs anew. Raises Invalid without a reason and for a bid already judged.
    """
    case = case_of(uow, command.review_id)
    review, member = case.started, case.own
    policies.may_question_price(case).require()
    assert member is not None
    ranked = _ranked(uow, review, command.bid_id)
    reason = command.reason.strip()
    if not reason:
        raise Invalid("doubt", "请写明为什么认为报价明显不合理。", policies.RULE_LOW)
    if ranked.rank is None or command.bid_id in queries.low_price_reviews(uow.session, review.id):
        raise Invalid("prices", "这份报价的审查结论已经登记。", policies.RULE_LOW)
    review.state = advance("question_price", review.state)
    if policies.PANEL_FLAG not in ranked.flags:
        ranked.flags = [*ranked.flags, policies.PANEL_FLAG]
    signed = [row.member for row in case.seated if row.member.signed_at is not None]
    for one in signed:
        one.signed_at, one.dissent, one.prices_sound = None, "", None
    uow.emit(
        PriceQuestioned.of(
            review,
            ranked,
            member_id=member.id,
            supplier_name=queries.opened_row(uow.session, case, command.bid_id).supplier.name,
            reason=reason,
            void_signatures=tuple(one.id for one in signed),
        )
    )
    return ranked


def deliver_report(uow: UnitOfWork, review_id: str) -> Review:
    """Deliver now; who has neither signed nor stated a dissent counts as agreeing."""
    case = case_of(uow, review_id)
    until = policies.sign_until(queries.concluded_at(uow.session, case.started))
    policies.may_deliver(case, until, uow.now).require()
    _deliver(uow, case)
    return case.started


def _ranked(uow: UnitOfWork, review: Review, bid_id: str) -> RankedBid:
    found = uow.session.get(RankedBid, (review.id, bid_id))
    if found is None:
        raise NotFound("没有找到这份投标文件。")
    return found


def _check_low(uow: UnitOfWork, review: Review, command: JudgeLowPrice) -> None:
    if review.scored_at is not None and not review.scored_at <= command.asked_at <= uow.now:
        raise Invalid("asked_at", "要求说明的时间应在评分汇总之后、现在之前。", policies.RULE_LOW)
    if command.answer_until - command.asked_at < policies.MINUTES_TO_EXPLAIN:
        raise Invalid(
            "answer_until",
            "给供应商说明的时间一般不少于 30 分钟。",
            policies.RULE_LOW,
            "请给足时间，再登记结论。",
        )
    if not command.explanation.strip() and uow.now < command.answer_until:
        raise Invalid(
            "explanation", "说明期限还没有到，供应商也没有说明，不能登记结论。", policies.RULE_LOW
        )
    if not command.explanation.strip() and command.reasonable:
        raise Invalid(
            "reasonable",
            "供应商没有说明的，不能认定报价合理。",
            policies.RULE_LOW,
            "请补登供应商的说明，或者认定为不合理。",
        )


def _rank_without(uow: UnitOfWork, case: ReviewCase, bid_id: str) -> tuple[dict[str, object], ...]:
    """Call the bid invalid and rank the others anew."""
    check = queries.checks_of(uow.session, case.started.id)[bid_id]
    check.conforms = False
    check.reason = papers.say("unsound")
    uow.session.flush()
    ranking = compute_ranking(uow, case)
    # The trigger stays with the bid: the report says why it was looked at.
    before = _ranked(uow, case.started, bid_id).flags
    store_ranking(uow, case, ranking)
    again = _ranked(uow, case.started, bid_id)
    kept = [one for one in before if one.startswith(policies.LOW_FLAG)]
    again.flags = [*again.flags, *(one for one in kept if one not in again.flags)]
    uow.session.flush()
    return places_said(case, queries.rows_of(uow.session, case.tender), ranking.places)


def _end_when_too_few(uow: UnitOfWork, case: ReviewCase) -> None:
    left, needed = len(queries.valid_rows(uow.session, case)), bids_needed(case.tender)
    if left < needed:
        reason = too_few_words("too_few_sound", case, needed)
        fail_review(uow, case, reason, left)


def _digest(uow: UnitOfWork, review: Review) -> str:
    return papers.findings_digest(
        queries.ranking_of(uow.session, review.id),
        queries.checks_of(uow.session, review.id),
        queries.low_price_reviews(uow.session, review.id),
    )


def _deliver(uow: UnitOfWork, case: ReviewCase) -> None:
    review, project = case.started, case.project
    digest = _digest(uow, review)
    data = papers.report_data(
        case,
        buyer=uow.session.get_one(Organisation, project.buyer_id),
        rows=queries.rows_of(uow.session, case.tender),
        checks=queries.checks_of(uow.session, review.id),
        relations=queries.relations_of(uow.session, review.id),
        ranking=compute_ranking(uow, case),
        ranked=queries.ranking_of(uow.session, review.id),
        scores=queries.scores_of(uow.session, review.id),
        low=queries.low_price_reviews(uow.session, review.id),
        absences=queries.absences_of(uow.session, review.id),
        takers=queries.takers_of(uow.session, case.tender.id),
        began_at=queries.began_at(uow.session, review),
        sign_until=policies.sign_until(queries.concluded_at(uow.session, review)),
        now=uow.now,
        digest=digest,
        trail_head=trail.head_of_project(uow.session, project.id),
    )
    order = order_paper(
        uow,
        papers.REPORT_TEMPLATE,
        data,
        project_id=project.id,
        subject_id=review.id,
        kind=DocumentKind.REVIEW_REPORT,
        title=titled(project.title, data["report_title"]),
        filename=f"{data['report_no']}-{data['report_title']}.pdf",
        audience=DocumentAudience.BUYER,
    )
    review.state = advance("deliver_report", review.state)
    review.reported_at = uow.now
    review.report_document_id = order.id
    meet_term(uow, review.id, REPORT_TERM)
    if case.tender.method is not ProcurementMethod.OPEN_TENDER:
        start_term(
            uow,
            project_id=project.id,
            subject_id=review.id,
            rule=decision_rule(case.tender.method),
            permission=Permission.WINNER_DECIDE,
            organisation_id=project.buyer_id,
        )
    uow.emit(
        ReviewReportDelivered.of(
            review,
            document_id=order.id,
            snapshot_sha256=order.snapshot_sha256,
            unsigned=tuple(row.user.name for row in case.seated if row.member.signed_at is None),
        )
    )
