"""The data of the papers of a review: report and award notice, and the digest members sign."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from procure.kernel.clock import local, local_date
from procure.kernel.day_words import date_words, instant_words
from procure.kernel.events import canonical, plain
from procure.kernel.methods import result_rule, words_of
from procure.kernel.numbering import derived_number
from procure.kernel.phrases import points_in_words
from procure.kernel.statute import by_rule, timer
from procure.kernel.vocabulary import PriceWay
from procure.registers.accounts.models import Organisation
from procure.registers.notices.facts import case_facts
from procure.render.wording import Section, figures, phrase, phrases, worded_notice
from procure.stages.awards.events import CAUSE_LABELS, CONFLICT
from procure.stages.awards.models import (
    BidCheck,
    BidderRelation,
    CandidatePassed,
    LowPriceReview,
    MemberAbsence,
    PanelMember,
    RankedBid,
    Review,
    Score,
    Seat,
)
from procure.stages.awards.policies import LOW_FLAG
from procure.stages.awards.queries import passed_words
from procure.stages.awards.ranking import Ranking, is_valid
from procure.stages.awards.standing import MemberRow, ReviewCase
from procure.stages.bids.policies import failure_rule, prices_are_announced
from procure.stages.bids.queries import OpenedRow
from procure.stages.tenders.models import Tender
from procure.stages.tenders.wording import term_words, tie_rule

CHALLENGE_RULE = "T33"
REPORT_TEMPLATE = "review-report@4"
NOTICE_TEMPLATE = "award-notice@4"
WORDS = "review@1"
PRICE_FACTOR = {
    PriceWay.LOW_PRICE_FIRST: "报价",
    PriceWay.RATIO_TO_MAX: "承诺工时",
    PriceWay.FIXED: "报价",
}
RANK_NAMES = {1: "第一", 2: "第二", 3: "第三"}


def say(name: str, /, **facts: Any) -> str:
    """A phrase of the papers of a review."""
    return phrase(WORDS, name, **facts)


def too_few_words(name: str, case: ReviewCase, needed: int) -> str:
    """Why the purchase ends with fewer bids than are needed; `name` says after which step."""
    failing = words_of(case.tender.method).failing
    return say(name, needed=needed, failing=failing, rule=failure_rule(case.tender))


def findings_digest(
    ranked: Sequence[RankedBid],
    checks: Mapping[str, BidCheck],
    low: Mapping[str, LowPriceReview],
) -> str:
    """SHA-256 of what members sign: the checks, the ranking, the findings about low prices."""
    said = {
        "checks": [
            [bid_id, check.qualified, check.conforms, check.reason]
            for bid_id, check in sorted(checks.items())
        ],
        "ranking": [
            [row.bid_id, row.rank, row.price_points, row.quality_points, row.total_points]
            for row in sorted(ranked, key=lambda one: one.bid_id)
        ],
        "low_prices": [[bid_id, row.reasonable, row.basis] for bid_id, row in sorted(low.items())],
    }
    return hashlib.sha256(canonical(plain(said)).encode()).hexdigest()


def report_data(
    case: ReviewCase,
    *,
    buyer: Organisation,
    rows: Sequence[OpenedRow],
    checks: Mapping[str, BidCheck],
    relations: Mapping[tuple[str, str], BidderRelation],
    ranking: Ranking,
    ranked: Sequence[RankedBid],
    scores: Sequence[Score],
    low: Mapping[str, LowPriceReview],
    absences: Sequence[MemberAbsence],
    takers: Sequence[str],
    began_at: datetime,
    sign_until: datetime,
    now: datetime,
    digest: str,
    trail_head: str,
) -> dict[str, Any]:
    """The review report (O87 art 58, CC214 art 26)."""
    review, tender, project = case.started, case.tender, case.project
    words = words_of(tender.method)
    names = {row.bid_id: row.supplier.name for row in rows}
    factors = _factors(case)
    data: dict[str, Any] = {
        "report_title": words.report,
        "opening": words.opening,
        "bid_file": words.bid_file,
        "document_word": words.document,
        "takers": say("takers", takers=takers),
        "price_question": price_question(case),
        "report_no": derived_number(project.number, "PS", tender.round),
        "organiser": buyer.name,
        "buyer": buyer.name,
        "made_on": local_date(now).isoformat(),
        "project_no": project.number,
        "project_name": project.title,
        "method": tender.method.label,
        "budget_fen": tender.budget_fen,
        "ceiling_fen": tender.ceiling_fen,
        "notice_media": say("notice_media"),
        "notice_on": _day(tender.published_at).isoformat(),
        "opened_at": _moment(tender.opened_at),
        "opening_place": tender.opening_place or say("online"),
        "review_from": _moment(began_at),
        "review_to": _moment(now),
        "review_place": say("online_review"),
        "panel_name": words.panel,
        "evaluation_method": "综合评分法",
        "standards": say("standards", document=words.document),
        "course": "\n".join(_course(case, ranking)),
        "result": "\n".join(_result(tender, ranked, names, ranking, tie_seed_of(review))),
        "panel": [_panel_line(row) for row in case.seated],
        "checks": [_check_line(checks[row.bid_id], row.supplier.name) for row in rows],
        "factors": factors,
        "scores": _score_lines(case, ranking, names, factors),
        "member_totals": _member_totals(case, ranked, names, scores),
        "marks": _marks(case, ranked, names, scores),
        "ranking": _ranking_lines(tender, ranked, rows),
        "findings_digest": digest,
        "trail_head": trail_head,
    }
    optional = {
        "recusals": "\n".join(_recusals(case)),
        "member_changes": "\n".join(_changes(case, absences)),
        "relations": "\n".join(relation_words(one, names) for one in relations.values()),
        "dissent": "\n".join(dissents(case, sign_until)),
        "low_prices": [
            _low_line(low[row.bid_id], names[row.bid_id], row, words.invalid)
            for row in ranked
            if row.bid_id in low
        ],
        "invalid": [
            {"bidder": names[bid_id], "reason": check.reason}
            for bid_id, check in checks.items()
            if not is_valid(check)
        ],
    }
    return data | {name: said for name, said in optional.items() if said}


def notice_data(
    *,
    case: ReviewCase,
    buyer: Organisation,
    row: OpenedRow,
    now: datetime,
    sign_by: date,
    contact: str,
) -> dict[str, Any]:
    """The award notice to the winner (GPL art 43, 46)."""
    review, tender, project = case.started, case.tender, case.project
    assert row.opened.price_fen is not None
    return {
        "notice_no": derived_number(project.number, "CJ", tender.round),
        "kind": award_word(tender),
        "issuer": buyer.name,
        "made_on": local_date(now).isoformat(),
        "project_no": project.number,
        "project_name": project.title,
        "method": tender.method.label,
        "buyer": buyer.name,
        "winner": row.supplier.name,
        "winner_code": row.supplier.credit_code or "",
        "decided_on": _day(review.decided_at).isoformat(),
        "amount_fen": row.opened.price_fen,
        "main_item": project.title,
        "quantity": quantity_words(tender, row),
        "requirement": say("letter_requirement", document=words_of(tender.method).document),
        "term": term_words(tender),
        "sign_by": sign_by.isoformat(),
        "contact": contact,
        "phone": buyer.phone or "见采购公告",
    }


def result_sections(
    case: ReviewCase, buyer: Organisation, row: OpenedRow, contact: str, on: date
) -> list[Section]:
    """What the result notice says (GPL-R art 43; R-AWD-4) when it is published `on` that day."""
    tender, opened = case.tender, row.opened
    words = words_of(tender.method)
    assert opened.price_fen is not None
    standing_until = by_rule(result_rule(tender.method), on).due(on).on
    facts = {
        "method": tender.method.label,
        "win": words.win,
        "panel": words.panel,
        "document": words.document,
        "supplier": row.supplier.name,
        "credit_code": row.supplier.credit_code or "",
        "supplier_address": row.supplier.address,
        "amount_fen": opened.price_fen,
        "claims_deduction": opened.claims_deduction,
        "requirement": say("requirement", requirement=tender.requirement.strip()),
        "quantity": quantity_words(tender, row),
        "term": term_words(tender),
        "members": [
            member.user.name
            + (f"（{Seat.BUYER.label}）" if member.member.seat is Seat.BUYER else "")
            for member in case.seated
        ],
        "standing_until": date_words(standing_until),
        "challenge_until": date_words(timer(CHALLENGE_RULE, standing_until).due(standing_until).on),
    }
    return worded_notice("result@1", case_facts(case.project, buyer, contact) | facts)


def award_word(tender: Tender) -> str:
    """中标 in a tender, 成交 elsewhere."""
    return words_of(tender.method).win


def quantity_words(tender: Tender, row: OpenedRow) -> str:
    """How much: the term, and the promised hours where these were bid."""
    return say("quantity", term_months=tender.term_months, hours=row.opened.hours)


def tie_seed_of(review: Review) -> str:
    """The seed for ties; of reviews that had none of their own that of the panel's draw."""
    return review.tie_seed or str(review.draw["seed"])


def relation_words(found: BidderRelation, names: Mapping[str, str]) -> str:
    """What was found about two bidders that share something, in one sentence."""
    return say(
        "relation",
        bidder=names[found.bid_id],
        other=names[found.other_bid_id],
        facts="；".join(found.facts),
        is_barred=found.is_barred,
        reason=found.reason,
    )


def passed_lines(
    ranked: Sequence[RankedBid], passed: Mapping[str, CandidatePassed], names: Mapping[str, str]
) -> list[str]:
    """The candidates who cannot be chosen, with their grounds, in the order of the ranking."""
    return [
        say(
            "passed",
            rank=row.rank,
            bidder=names[row.bid_id],
            words=passed_words(passed[row.bid_id]),
        )
        for row in ranked
        if row.bid_id in passed
    ]


def flag_words(flags: Sequence[str]) -> str:
    """Flags of a ranked bid in words."""
    words = figures(WORDS, "flags")
    return "；".join(words[flag] for flag in flags if flag in words)


def _day(instant: datetime | None) -> date:
    assert instant is not None
    return local_date(instant)


def _moment(instant: datetime | None) -> str:
    assert instant is not None
    return local(instant).isoformat()


def _factors(case: ReviewCase) -> list[dict[str, str]]:
    found = [{"name": row.name, "points": points_in_words(row.points)} for row in case.criteria]
    if case.tender.price_points:
        name = PRICE_FACTOR[case.tender.price_way]
        found.insert(0, {"name": name, "points": points_in_words(case.tender.price_points)})
    return found


def _panel_line(row: MemberRow) -> dict[str, str]:
    line = {
        "name": row.user.name,
        "unit": row.user.employer or "采购人",
        "kind": row.member.seat.label,
        "role": "组长" if row.member.is_chair else "成员",
    }
    if row.member.signed_at is not None:
        line["signed_at"] = _moment(row.member.signed_at)
    return line


def _check_line(check: BidCheck, name: str) -> dict[str, Any]:
    line: dict[str, Any] = {
        "bidder": name,
        "qualified": check.qualified,
        "conforming": check.conforms,
    }
    if check.reason:
        line["reason"] = check.reason
    return line


def _score_lines(
    case: ReviewCase,
    ranking: Ranking,
    names: Mapping[str, str],
    factors: Sequence[Mapping[str, str]],
) -> list[dict[str, Any]]:
    lines = []
    for standing in ranking.outcome.ranked:
        means = [points_in_words((mean + 50) // 100) for mean in standing.means]
        if case.tender.price_points:
            means.insert(0, points_in_words(standing.price_score or 0))
        lines.append(
            {
                "bidder": names[standing.bidder],
                "total": points_in_words(standing.total or 0),
                "parts": [
                    {"factor": factor["name"], "score": score}
                    for factor, score in zip(factors, means, strict=True)
                ],
            }
        )
    return lines


def _member_totals(
    case: ReviewCase,
    ranked: Sequence[RankedBid],
    names: Mapping[str, str],
    scores: Sequence[Score],
) -> list[dict[str, Any]]:
    given: dict[tuple[str, str], int] = {}
    for score in scores:
        key = (score.bid_id, score.member_id)
        given[key] = given.get(key, 0) + score.points
    return [
        {
            "bidder": names[row.bid_id],
            "totals": [
                {
                    "member": seat.user.name,
                    "score": points_in_words(
                        given.get((row.bid_id, seat.member.id), 0) + row.price_points
                    ),
                }
                for seat in case.seated
            ],
        }
        for row in ranked
        if row.rank is not None
    ]


def _marks(
    case: ReviewCase,
    ranked: Sequence[RankedBid],
    names: Mapping[str, str],
    scores: Sequence[Score],
) -> list[dict[str, Any]]:
    """The marks of each seated member by factor, a table for each ranked bid."""
    given = {(one.bid_id, one.criterion_id, one.member_id): one.points for one in scores}
    return [
        {
            "bidder": names[row.bid_id],
            "rows": [
                {
                    "factor": criterion.name,
                    "marks": [
                        {
                            "member": seat.user.name,
                            "score": points_in_words(
                                given.get((row.bid_id, criterion.id, seat.member.id), 0)
                            ),
                        }
                        for seat in case.seated
                    ],
                }
                for criterion in case.criteria
            ],
        }
        for row in ranked
        if row.rank is not None
    ]


def _ranking_lines(
    tender: Tender, ranked: Sequence[RankedBid], rows: Sequence[OpenedRow]
) -> list[dict[str, Any]]:
    by_bid = {row.bid_id: row for row in rows}
    lines = []
    for place in ranked:
        if place.rank is None:
            continue
        line: dict[str, Any] = {
            "rank": place.rank,
            "bidder": by_bid[place.bid_id].supplier.name,
            "score": points_in_words(place.total_points),
            "price_fen": by_bid[place.bid_id].opened.price_fen,
        }
        said = [_rank_note(tender, place.rank), flag_words(place.flags)]
        if any(said):
            line["note"] = "；".join(one for one in said if one)
        lines.append(line)
    return lines


def price_question(case: ReviewCase) -> str:
    """What the members answered when they were asked about unreasonable prices."""
    return say(
        "price_question",
        is_fixed=case.tender.price_way is not PriceWay.LOW_PRICE_FIRST,
        all_sound=all(row.member.prices_sound for row in case.seated),
    )


def _course(case: ReviewCase, ranking: Ranking) -> list[str]:
    review, words = case.started, words_of(case.tender.method)
    lines = phrases(
        WORDS,
        "course",
        panel=words.panel,
        review=words.review,
        bid_file=words.bid_file,
        opening=words.opening,
        drawn_at=instant_words(review.drawn_at),
        session_at=instant_words(review.session_at),
        prices_announced=prices_are_announced(case.tender),
    )
    return [*lines, *(say("ranking_notice", said=said) for said in ranking.notices)]


def _result(
    tender: Tender,
    ranked: Sequence[RankedBid],
    names: Mapping[str, str],
    ranking: Ranking,
    tie_seed: str,
) -> list[str]:
    lines = [
        say("place", rank=place.rank, bidder=names[place.bid_id], points=place.total_points)
        for place in ranked
        if place.rank is not None
    ]
    if ranking.drawn:
        lines.append(say("drawn", tie_rule=tie_rule(tender), seed=tie_seed))
    candidate = words_of(tender.method).candidate
    return [*lines, say("recommended", bidder=names[ranked[0].bid_id], candidate=candidate)]


def _rank_note(tender: Tender, rank: int) -> str:
    """Which candidate a rank makes, in the words of the method."""
    name = RANK_NAMES.get(rank)
    return f"{name}{words_of(tender.method).candidate}" if name else ""


def _recusals(case: ReviewCase) -> list[str]:
    return [
        say("recusal", member=row.user.name, reason=row.member.conflict_reason)
        for row in case.members
        if row.member.has_conflict
    ]


def _changes(case: ReviewCase, absences: Sequence[MemberAbsence]) -> list[str]:
    """Who left, why, and who came next into the seat."""
    lines = []
    for row in case.members:
        if row.member.replaced_at is None:
            continue
        heirs = [
            one
            for one in case.members
            if one.member.position == row.member.position
            and (one.member.replaced_at is None or one.member.replaced_at > row.member.replaced_at)
        ]
        heir = min(
            heirs,
            key=lambda one: (
                one.member.replaced_at is None,
                one.member.replaced_at or case.started.drawn_at,
            ),
        )
        cause = CAUSE_LABELS[cause_of(row.member, absences)]
        lines.append(say("replaced", member=row.user.name, cause=cause, heir=heir.user.name))
    return lines


def cause_of(member: PanelMember, absences: Sequence[MemberAbsence]) -> str:
    """Why a replaced member left: a conflict, or the kind of absence that was agreed on."""
    kinds = [one.kind for one in absences if one.member_id == member.id and one.confirmed]
    return kinds[-1] if kinds else CONFLICT


def dissents(case: ReviewCase, sign_until: datetime) -> list[str]:
    """What members wrote against the conclusions, and who counts as agreeing."""
    said = [
        say("dissent", member=row.user.name, dissent=row.member.dissent)
        for row in case.seated
        if row.member.dissent
    ]
    silent = [row.user.name for row in case.seated if not _signed(row.member)]
    if silent:
        said.append(say("silent", members=silent, sign_until=instant_words(sign_until)))
    return said


def _signed(member: PanelMember) -> bool:
    return member.signed_at is not None


def _low_line(found: LowPriceReview, name: str, ranked: RankedBid, invalid: str) -> dict[str, str]:
    trigger = flag_words([flag for flag in ranked.flags if flag.startswith(LOW_FLAG)])
    return {
        "bidder": name,
        "trigger": trigger,
        "course": say(
            "low_course",
            asked_at=instant_words(found.asked_at),
            answer_until=instant_words(found.answer_until),
            explanation=found.explanation,
        ),
        "basis": found.basis,
        "conclusion": say("low_conclusion", reasonable=found.reasonable, invalid=invalid),
    }
