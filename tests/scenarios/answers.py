"""What the people of a random walk know when they fill in a form: figures of their own case, marks
that members agree on, dates that are lawful. All else they type as anybody would (`filling`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from zlib import crc32

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from procure.kernel.clock import local, local_date
from procure.kernel.money import Money
from procure.kernel.workdays import CHINA
from procure.registers.accounts.models import Organisation
from procure.registers.projects.models import Project
from procure.stages.acceptance.models import Seat as GroupSeat
from procure.stages.awards.models import PanelMember, Review, Score
from procure.stages.contracts.drafting import last_day
from procure.stages.contracts.models import Contract
from procure.stages.evaluation.models import EvaluationIndicator, SampleVerdict
from procure.stages.evaluation.queries import latest_of
from procure.stages.payments.queries import dossier_of
from procure.stages.plans.queries import find_plan
from procure.stages.tenders.models import TenderCriterion
from tests.factories.filling import WORDS, next_number
from tests.factories.offered import Offered
from tests.factories.tenders import lawful_schedule
from tests.scenarios.moods import Mood
from tests.world import World

PASS_MARK = 6_000
"""What an evaluation has to reach, in hundredths of a point (R-GZ-6)."""


@dataclass(frozen=True)
class Asked:
    """A form before somebody of a walk, and what it is about."""

    dice: Random
    world: World
    project: Project
    form: Offered
    name: str
    mood: Mood
    words: re.Match[str]

    @property
    def session(self) -> Session:
        """The database session."""
        return self.world.session

    @property
    def fields(self) -> list[str]:
        """The names of what may be typed."""
        return [one.name for one in self.form.controls]

    @property
    def contract(self) -> Contract:
        """The contract of the case."""
        return self.session.scalars(
            select(Contract).where(Contract.project_id == self.project.id)
        ).one()

    def day(self, later: int = 0) -> str:
        """So many days after today, on a working day when it is to come."""
        on = local_date(self.world.now) + timedelta(days=later)
        return f"{CHINA.next_workday(on) if later > 0 else on:%Y-%m-%d}"


Answers = dict[str, Any]
Known = Callable[[Asked], Answers]


def _newest_review(asked: Asked) -> Review:
    return (
        asked.session.scalars(
            select(Review)
            .where(Review.project_id == asked.project.id)
            .order_by(Review.drawn_at.desc())
        ).first()
        or Review()
    )


def marks(asked: Asked) -> Answers:
    """Points for a bid: what is objective as the other members have it, all else by taste."""
    bid_id, review = asked.words["bid"], _newest_review(asked)
    answers: Answers = {}
    for one in asked.session.scalars(
        select(TenderCriterion).where(TenderCriterion.tender_id == review.tender_id)
    ):
        given = asked.session.scalar(
            select(Score.points)
            .join(PanelMember, PanelMember.id == Score.member_id)
            .where(
                Score.criterion_id == one.id,
                Score.bid_id == bid_id,
                PanelMember.locked_at.is_not(None),
            )
        )
        share = 60 + crc32(f"{one.id}{bid_id}".encode()) % 35
        if not one.objective:
            given, share = None, asked.dice.randint(60, 95)
        points = one.points * share // 100 if given is None else given
        answers[f"points_{one.position}"] = f"{points / 100:.2f}"
        answers[f"reason_{one.position}"] = WORDS
    return answers


def _evaluation(asked: Asked) -> Any:
    return latest_of(asked.session, asked.contract.id).get(asked.words["kind"])


def scores(asked: Asked) -> Answers:
    """What an indicator earns; in a harsh mood the first round fails."""
    evaluation = _evaluation(asked)
    harsh = asked.mood.harsh and evaluation.round == 1
    share = asked.dice.randint(35, 50) if harsh else asked.dice.randint(82, 96)
    content = (evaluation.survey_satisfied or 0) == (evaluation.survey_answered or 0)
    if asked.words["dimension"] == "satisfaction" and not content:
        share = 0
    rows = asked.session.scalars(
        select(EvaluationIndicator).where(EvaluationIndicator.evaluation_id == evaluation.id)
    )
    answers: Answers = {}
    for row in rows:
        if f"score_{row.position}" in asked.fields:
            answers[f"score_{row.position}"] = f"{row.points * share // 1000 / 10:.2f}"
            answers[f"reason_{row.position}"] = WORDS
    return answers


def visit(asked: Asked) -> Answers:
    """Who was asked, who answered, who was content."""
    satisfied = "5" if asked.dice.random() < 0.9 else "3"
    return {
        "visited_on": asked.day(),
        "survey_sampled": "6",
        "survey_answered": "5",
        "survey_satisfied": satisfied,
    }


def verdicts(asked: Asked) -> Answers:
    """Nearly all records are true."""
    doubt = SampleVerdict.TRUE if asked.dice.random() < 0.9 else asked.dice.choice([*SampleVerdict])
    found = [name for name in asked.fields if name.startswith("verdict_")]
    answers: Answers = {name: SampleVerdict.TRUE.value for name in found}
    if found:
        answers[asked.dice.choice(found)] = doubt.value
    return answers | {"rest_conclusion": WORDS}


def judgement(asked: Asked) -> Answers:
    """The result stands; where it is a failure something is demanded."""
    total = asked.session.scalar(
        select(func.sum(EvaluationIndicator.score)).where(
            EvaluationIndicator.evaluation_id == _evaluation(asked).id
        )
    )
    failed = (total or 0) < PASS_MARK
    return {
        "judgement": "confirm" if asked.dice.random() < 0.85 else "return",
        "rectification_demand": WORDS if failed else "",
        "reason": WORDS,
    }


def draw(asked: Asked) -> Answers:
    """Three experts, who meet tomorrow."""
    at = local(asked.world.now) + timedelta(minutes=asked.dice.choice((30, 300)))
    return {
        "session_at": f"{at:%Y-%m-%d %H:%M}",
        "experts": "3",
        "buyer_member": "",
        "authorisation": "",
    }


def report(asked: Asked) -> Answers:
    """Nobody finds a price unreasonable, or hardly ever; all agree."""
    sound = {"prices": "sound"} if asked.dice.random() < 0.95 else {}
    return {**sound, "doubt": WORDS, "dissent": ""}


def low_price(asked: Asked) -> Answers:
    """The bidder was asked an hour and a half ago, and has explained."""
    now = local(asked.world.now)
    return {
        "asked_at": f"{now - timedelta(minutes=90):%Y-%m-%d %H:%M}",
        "answer_until": f"{now - timedelta(minutes=30):%Y-%m-%d %H:%M}",
        "explanation": WORDS,
        "basis": WORDS,
        "reasonable": "yes" if asked.dice.random() < 0.85 else "no",
    }


def kept(asked: Asked) -> Answers:
    """What stands there already, as it stands: a document put out again is much like the last."""
    return {
        one.name: one.value
        for one in asked.form.controls
        if one.value and (one.kind in ("text", "textarea", "select") or one.chosen)
    }


def schedule(asked: Asked) -> Answers:
    """The shortest lawful dates, or a few days more."""
    plan = find_plan(asked.session, asked.project.id)
    assert plan is not None
    ahead = timedelta(days=asked.dice.choice((1, 1, 3)))
    found = lawful_schedule(plan, local_date(asked.world.now) + ahead)
    assert found.deadline_at is not None
    return {
        "documents_until": f"{found.documents_until:%Y-%m-%d}",
        "deadline_at": f"{local(found.deadline_at):%Y-%m-%d %H:%M}",
        "opening_place": found.opening_place,
        "validity_days": str(found.validity_days),
    }


def offer(asked: Asked) -> Answers:
    """A price below the ceiling, which nobody else has."""
    plan = find_plan(asked.session, asked.project.id)
    assert plan is not None
    return {
        "price": f"{plan.ceiling_fen * asked.dice.randint(900_000, 999_000) / 100_000_000:,.2f}"
    }


def term(asked: Asked) -> Answers:
    """A term of the plan's length that leaves time for signing."""
    plan = find_plan(asked.session, asked.project.id)
    assert plan is not None
    days = asked.dice.randint(8, 20)
    starts = CHINA.next_workday(local_date(asked.world.now) + timedelta(days=days))
    return {
        "starts_on": f"{starts:%Y-%m-%d}",
        "ends_on": f"{last_day(starts, plan.term_months):%Y-%m-%d}",
        "recipients_number": "6",
    }


def counted(asked: Asked) -> Answers:
    """How many there are of what the targets are counted for: two stations, six people."""
    return {
        one.name: "2" if "站" in one.label else "6"
        for one in asked.form.controls
        if one.name.startswith("count_")
    }


def milestones(asked: Asked) -> Answers:
    """The days as they stand, within the term as it is now."""
    contract, answers = asked.contract, kept(asked)
    if contract.starts_on is not None and contract.ends_on is not None:
        first, last = f"{contract.starts_on:%Y-%m-%d}", f"{contract.ends_on:%Y-%m-%d}"
        for name in answers:
            if name.endswith("-due_on") and not first <= answers[name] <= last:
                answers[name] = last
    return answers


def signature(asked: Asked) -> Answers:
    """One's own name."""
    return {"full_name": asked.name}


def invoice(asked: Asked) -> Answers:
    """The invoice over what is owed of the instalment."""
    contract = asked.contract
    line = dossier_of(asked.session, contract).at(int(asked.words["at"]))
    amount = Money(line.payable_fen).format().replace("¥", "")
    return {
        "invoice_number": next_number(asked.world.now),
        "invoice_on": asked.day(),
        "invoice_amount": amount,
        "invoice_seller": asked.session.get_one(Organisation, contract.supplier_id).name,
        "invoice_buyer": asked.session.get_one(Organisation, contract.buyer_id).name,
        "purpose": "服务费",
    }


def check_of_payment(asked: Asked) -> Answers:
    """Everything is as it should be, with what shows it; now and then it goes back."""
    answers: Answers = {
        one.name: "yes" for one in asked.form.controls if one.kind == "radio" and one.value == "yes"
    }
    answers |= {name: WORDS[:20] for name in asked.fields if name.endswith("_evidence")}
    return answers | {"judgement": "agree" if asked.dice.random() < 0.9 else "return"}


def order(asked: Asked) -> Answers:
    """A payment order of today."""
    answers: Answers = {
        "order_number": next_number(asked.world.now),
        "bank_on": asked.day(),
        "quota_number": "财预〔2026〕31号",
        "year_reason": "结转资金，财政部门已批准结转使用。",
    }
    if asked.dice.random() < 0.7:
        answers["received_number"] = "财拨〔2026〕12号"
    return answers


def raised(asked: Asked) -> Answers:
    """Another amount of a budget line."""
    return {"amount": f"{asked.dice.randint(1_210, 1_290) * 1_000:,}.00", "reason": WORDS}


def bounced(asked: Asked) -> Answers:
    """What the bank says of a payment that came back."""
    return {"reference": next_number(asked.world.now), "bank_on": asked.day(), "reason": WORDS}


def group(asked: Asked) -> Answers:
    """A leader and somebody from outside."""
    people = (
        (GroupSeat.LEADER, "黄雅文", "珠海市斗门区民政局", "验收负责人"),
        (GroupSeat.EXPERT, "郑明德", "珠海城市职业技术学院", "副教授"),
    )
    answers: Answers = {}
    for at, (seat, name, unit, title) in enumerate(people):
        entered = {"seat": seat.value, "name": name, "unit": unit, "title": title}
        entered |= {"agrees": "yes", "comment": "同意验收。"}
        answers |= {f"members-{at}-{field}": value for field, value in entered.items()}
    return answers


def items(asked: Asked) -> Answers:
    """Each target and standard looked at."""
    answers: Answers = {}
    for name in asked.fields:
        if name.startswith(("passed_", "standard_passed_")):
            answers[name] = "yes" if asked.dice.random() < 0.97 else "no"
        elif name.startswith(("note_", "standard_note_")):
            answers[name] = WORDS
    return answers


def deduction(asked: Asked) -> Answers:
    """What is taken off where something is short, and why it is no more; what cannot be taken off
    any more is claimed back.
    """
    taken = asked.dice.choice(("1,000.00", "2,345.67"))
    claimed = "" if "deduction" in asked.fields else taken
    return {"deduction": taken, "claim": claimed, "below_reason": WORDS, "conclusion": WORDS}


def opinion(asked: Asked) -> Answers:
    """Mostly content."""
    names = ("attitude", "punctual", "skill", "effect", "again")
    return {name: asked.dice.choice(("5", "4", "5", "4", "3")) for name in names}


def soon(name: str, least: int, most: int) -> Known:
    """A day to come."""
    return lambda asked: {name: asked.day(asked.dice.randint(least, most))}


def today(name: str) -> Known:
    """This day."""
    return lambda asked: {name: asked.day()}


def decision(name: str, yes: str, no: str) -> Known:
    """Mostly agreed to."""
    return lambda asked: {name: yes if asked.dice.random() < 0.85 else no}


KNOWN: tuple[tuple[str, Known], ...] = (
    (r"/review/scores/(?P<bid>\w+)$", marks),
    (r"/review/draw$", draw),
    (r"/review/report$", report),
    (r"/review/low-prices/\w+$", low_price),
    (r"/evaluations/(?P<kind>\w+)/score/(?P<dimension>\w+)$", scores),
    (r"/evaluations/(?P<kind>\w+)/visit$", visit),
    (r"/evaluations/(?P<kind>\w+)/records$", verdicts),
    (r"/evaluations/(?P<kind>\w+)/decide$", judgement),
    (r"/evaluations/(?P<kind>\w+)/again$", soon("due_on", 15, 40)),
    (r"/tender/sections/schedule$", schedule),
    (r"/tender/sections/\w+$", kept),
    (r"/bid/offer$", offer),
    (r"/contract/term$", term),
    (r"/contract/targets$", counted),
    (r"/contract/milestones$", milestones),
    (r"/(contract|acceptance)/sign$", signature),
    (r"/payments/(?P<at>\d+)/request$", invoice),
    (r"/payments/\d+/(review|approve)$", check_of_payment),
    (r"/payments/\d+/pay$", order),
    (r"/payments/\d+/revers(e|al)$", bounced),
    (r"^/budget/\w+/correction$", raised),
    (r"^/budget/\w+/correction/decision$", decision("agreed", "yes", "no")),
    (r"/payments/refund$", bounced),
    (r"/(settlement|early-end)/decision$", decision("agreed", "yes", "no")),
    (r"/settlement/answer$", decision("agreed", "yes", "no")),
    (r"/acceptance/group$", group),
    (r"/acceptance/items$", items),
    (r"/acceptance/pass$", deduction),
    (r"/acceptance/opinions/\d+$", opinion),
    (r"/acceptance/refuse$", soon("rectify_by", 8, 20)),
    (r"/early-end$", today("last_on")),
    (r"/plan/decision$", decision("decision", "approve", "return")),
    (r"/tender/decision$", decision("decision", "publish", "return")),
)
"""What is known of which form, by the end of its address."""

_KNOWN = tuple((re.compile(end), known) for end, known in KNOWN)


def known_of(
    dice: Random, world: World, project: Project, form: Offered, name: str, mood: Mood
) -> Answers:
    """What somebody knows to answer of a form, by field; only fields that it has."""
    for end, known in _KNOWN:
        if words := end.search(form.action.split("?")[0]):
            asked = Asked(dice, world, project, form, name, mood, words)
            answers = known(asked)
            return {key: value for key, value in answers.items() if key in asked.fields}
    return {}
