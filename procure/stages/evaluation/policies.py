"""Who may do what with an evaluation, and when, each refusal with its rule and its remedy."""

from datetime import date

from procure.kernel.access import Actor, OrganisationKind, Permission, Role, carries
from procure.kernel.day_words import date_word
from procure.kernel.errors import (
    ALLOWED,
    IllegalTransition,
    TooEarly,
    Verdict,
    first_refusal,
    refused,
    refused_if,
)
from procure.kernel.laws import cite
from procure.kernel.lifecycle import EvaluationState, may_take
from procure.kernel.text import key
from procure.kernel.vocabulary import EvaluationKind
from procure.registers.accounts.models import Organisation
from procure.registers.projects.policies import is_buyer, is_supplier
from procure.stages.contracts.models import Contract
from procure.stages.contracts.policies import SIGNED_STATES, last_service_day
from procure.stages.evaluation.models import ChargeGround, Evaluation
from procure.stages.evaluation.results import passes
from procure.stages.evaluation.window import RULE_WINDOW, Window, final_window

RULE_EVALUATION = "《政府购买服务管理办法》关于绩效管理的规定"
RULE_INDEPENDENT = cite("related_bidders")
RULE_RECUSAL = cite("recusal")
RULE_TWO_PEOPLE = "不相容岗位分离"
RECTIFICATION = "T70"
OWN_GROUNDS = (ChargeGround.DECLINED, ChargeGround.CONFLICT)
"""On which an assessor steps back."""
BUYERS_GROUNDS = (ChargeGround.CLOSED, ChargeGround.CONFLICT, ChargeGround.OVERDUE)
"""On which the buyer takes an evaluation back."""


def _as_buyer(
    action: str, actor: Actor, evaluation: Evaluation, contract: Contract, *also: Verdict
) -> Verdict:
    return may_take(action, actor, evaluation.state, is_buyer(actor, contract), *also)


def _as_assessor(action: str, actor: Actor, evaluation: Evaluation, *also: Verdict) -> Verdict:
    return may_take(action, actor, evaluation.state, is_charged(actor, evaluation), *also)


def may_assign(
    actor: Actor,
    evaluation: Evaluation,
    contract: Contract,
    *,
    midterm: Evaluation | None,
    today: date,
) -> Verdict:
    """Whether the actor may charge an assessor with the evaluation.

    The final one only in its window, and once the newest mid-term is settled (R-GZ-4, R-GZ-5).
    """
    return _as_buyer(
        "assign_evaluation",
        actor,
        evaluation,
        contract,
        is_time_for(evaluation, contract, midterm=midterm, today=today),
    )


def window_of(contract: Contract) -> Window:
    """The days on which the final evaluation of a signed contract is made."""
    assert contract.starts_on is not None
    return final_window(contract.starts_on, last_service_day(contract))


def is_time_for(
    evaluation: Evaluation, contract: Contract, *, midterm: Evaluation | None, today: date
) -> Verdict:
    """Whether the evaluation's time has come: a further round and the mid-term any day."""
    if evaluation.kind is not EvaluationKind.FINAL:
        return ALLOWED
    window = window_of(contract)
    if today < window.opens_on:
        return refused(
            f"末期评估最早于{date_word(window.opens_on)}委派：{window.words}。",
            rule=RULE_WINDOW,
            remedy="到期前的履约情况请按月核实服务记录和履约节点。",
            error=TooEarly,
        )
    return _midterm_settled(midterm)


def is_settled(evaluation: Evaluation | None) -> bool:
    """Whether nothing more is to come of an evaluation: none, cancelled with the contract's early
    end, passed, or failed and closed.
    """
    if evaluation is None or evaluation.state is EvaluationState.CANCELLED:
        return True
    confirmed = evaluation.state is EvaluationState.CONFIRMED
    return confirmed and (passes(evaluation.grade) or evaluation.settled_at is not None)


def is_independent(
    assessor: Organisation,
    contract: Contract,
    supplier: Organisation,
    *,
    has_bid: bool,
    recused: bool = False,
) -> Verdict:
    """Whether an organisation may evaluate this contract: no provider, no bidder, no kin of one.

    Who bid for the project, or has the same person in charge as the provider, may not judge it
    (R-ELIG-2, R-ELIG-3); nor who stepped back from it as interested.
    """
    if assessor.kind is not OrganisationKind.ASSESSOR or not assessor.is_active:
        return refused(
            f"“{assessor.name}”不是在册的第三方评估机构。",
            rule=RULE_EVALUATION,
            remedy="请从列出的评估机构中选择。",
        )
    if assessor.id in (contract.supplier_id, contract.buyer_id) or has_bid:
        return refused(
            f"“{assessor.name}”是本项目的投标人或者当事人，不能评估本项目。",
            rule=RULE_INDEPENDENT,
            remedy="请另选与本项目没有利害关系的评估机构。",
        )
    if recused:
        return refused(
            f"“{assessor.name}”因应当回避退出过本项目的评估，不能再承担。",
            rule=RULE_RECUSAL,
            remedy="请另选与本项目没有利害关系的评估机构。",
        )
    in_charge = key(assessor.representative)
    if in_charge and in_charge == key(supplier.representative):
        return refused(
            f"“{assessor.name}”与承接主体的负责人是同一人，不能评估本项目。",
            rule=RULE_INDEPENDENT,
            remedy="请另选与承接主体没有利害关系的评估机构。",
        )
    return ALLOWED


def is_charged(actor: Actor, evaluation: Evaluation) -> Verdict:
    """Whether the actor is the evaluator it was given to, or leads that assessor's evaluations."""
    leads = actor.holds(Role.LEAD_EVALUATOR)
    own = evaluation.assessor_id is not None and actor.organisation_id == evaluation.assessor_id
    if own and (leads or actor.user_id == evaluation.evaluator_id):
        return ALLOWED
    return refused(
        "这次评估没有委派给您。",
        remedy="评分由受托机构指定的评估员和评估负责人填写。",
    )


def may_decline(actor: Actor, evaluation: Evaluation) -> Verdict:
    """Whether the actor may step back from the evaluation for the assessor that is charged."""
    return _as_assessor("decline_evaluation", actor, evaluation)


def may_recall(actor: Actor, evaluation: Evaluation, contract: Contract) -> Verdict:
    """Whether the buyer may take the evaluation back from its assessor."""
    return _as_buyer("recall_evaluation", actor, evaluation, contract)


def ground_holds(
    ground: ChargeGround, evaluation: Evaluation, *, able: bool, today: date
) -> Verdict:
    """Whether that is a ground for taking an evaluation back: nobody changes the assessor for the
    marks it gives. `able` says that the assessor has people who can finish it.
    """
    if ground is ChargeGround.CONFLICT or (ground is ChargeGround.CLOSED and not able):
        return ALLOWED
    if ground is ChargeGround.OVERDUE and today > evaluation.due_on:
        return ALLOWED
    reasons = {
        ChargeGround.CLOSED: "评估机构和评估员现在都可以办理，不能以停用为由收回。",
        ChargeGround.OVERDUE: f"评估期限到{date_word(evaluation.due_on)}，现在还没有逾期。",
    }
    return refused(
        reasons.get(ground, "请选择收回评估委派的原因。"),
        rule=RULE_INDEPENDENT,
        remedy="请等评估机构提交报告；发现有利害关系的，选择应当回避并写明事实。",
        error=TooEarly,
    )


def may_declare(actor: Actor, evaluation: Evaluation, *, declared: bool) -> Verdict:
    """Whether the actor may sign their own declaration of independence, once."""
    signed = refused_if(
        declared,
        "您的独立性声明已经签署。",
        remedy="可以直接填写评分。",
        error=IllegalTransition,
    )
    return _as_assessor("score_evaluation", actor, evaluation, signed)


def may_score(actor: Actor, evaluation: Evaluation, *, declared: bool) -> Verdict:
    """Whether the actor, having declared themselves, may fill in scores and the report now."""
    return _as_assessor("score_evaluation", actor, evaluation, _has_declared(declared=declared))


def may_submit(actor: Actor, evaluation: Evaluation, *, declared: bool, blocks: int) -> Verdict:
    """Whether the report may go to the buyer; `blocks` findings stand against it."""
    return _as_assessor(
        "submit_evaluation",
        actor,
        evaluation,
        _has_declared(declared=declared),
        _nothing_blocks(blocks),
    )


def may_return(actor: Actor, evaluation: Evaluation, contract: Contract) -> Verdict:
    """Whether the actor may send the report back."""
    return _as_buyer("return_evaluation", actor, evaluation, contract)


def may_confirm(
    actor: Actor, evaluation: Evaluation, contract: Contract, *, blocks: int = 0
) -> Verdict:
    """Whether the actor may let the result stand; never who submitted it, nor a report against
    which findings stand (those of older releases, whose sample nobody judged).
    """
    return _as_buyer(
        "confirm_evaluation",
        actor,
        evaluation,
        contract,
        _not_the_submitter(actor, evaluation),
        _is_whole(blocks),
    )


def may_report_rectification(actor: Actor, evaluation: Evaluation, contract: Contract) -> Verdict:
    """Whether the provider may report what it put right; late reports are taken, and told late."""
    return first_refusal(
        carries(actor, Permission.DELIVERY_RECORD, "报送整改情况"),
        is_supplier(actor, contract),
        _waits_for_rectification(evaluation),
    )


def may_refuse_rectification(actor: Actor, evaluation: Evaluation, contract: Contract) -> Verdict:
    """Whether the buyer may send a report of rectification back; new days run then (R-GZ-5)."""
    return first_refusal(
        carries(actor, Permission.EVALUATION_ASSIGN, "退回整改情况"),
        is_buyer(actor, contract),
        _in_force(contract),
        _has_failed(evaluation),
        _is_reported(evaluation),
    )


def may_waive_rectification(actor: Actor, evaluation: Evaluation, contract: Contract) -> Verdict:
    """Whether the actor may say for the provider that it will put nothing right: who signs for it."""
    return first_refusal(
        carries(actor, Permission.CONTRACT_SIGN_SUPPLIER, "确认不再整改"),
        is_supplier(actor, contract),
        _waits_for_rectification(evaluation),
    )


def may_settle(
    actor: Actor, latest: Evaluation, contract: Contract, *, today: date, rectify_until: date | None
) -> Verdict:
    """Whether a failed evaluation may be closed without a further round (R-GZ-5).

    Once a further round failed too, or when the month before the contract's end has begun; never
    before the provider has had its days for putting things right, the last of which is
    `rectify_until`, or None where it needs none any more.
    """
    return first_refusal(
        carries(actor, Permission.EVALUATION_CONFIRM, "办结不合格的评估"),
        is_buyer(actor, contract),
        _has_failed(latest),
        _no_round_left(latest, contract, today),
        _had_its_days(rectify_until, today),
    )


def may_schedule_again(actor: Actor, latest: Evaluation, contract: Contract) -> Verdict:
    """Whether a further round may be put on the calendar after a failed one (R-GZ-5)."""
    return first_refusal(
        carries(actor, Permission.EVALUATION_ASSIGN, "安排复评"),
        is_buyer(actor, contract),
        _in_force(contract),
        _has_failed(latest),
    )


def may_know_of(actor: Actor, evaluation: Evaluation) -> bool:
    """Whether a reader of the case is shown that evaluation: an assessor only what was given to it."""
    return (
        not actor.may(Permission.EVALUATION_SCORE)
        or evaluation.assessor_id == actor.organisation_id
    )


def may_read_result(actor: Actor, evaluation: Evaluation, contract: Contract) -> Verdict:
    """Whether the reader may see scores and report; the provider only once they stand."""
    if not actor.may(Permission.EVALUATION_VIEW):
        return refused("您的岗位不查看评估结果。")
    if evaluation.state is EvaluationState.CONFIRMED:
        return ALLOWED
    if actor.organisation_id == contract.supplier_id:
        return refused(
            "评估正在进行，结果经采购人确认后在这里公布。",
            remedy="您现在可以核对服务记录是否登记齐全。",
        )
    return ALLOWED


def _midterm_settled(midterm: Evaluation | None) -> Verdict:
    if is_settled(midterm):
        return ALLOWED
    assert midterm is not None
    if midterm.state is not EvaluationState.CONFIRMED:
        return refused(
            "中期评估或者复评还没有结果，不能委派末期评估。",
            rule=RULE_EVALUATION,
            remedy="请先办完中期评估。",
            error=IllegalTransition,
        )
    return refused(
        "中期评估不合格，还没有复评合格，不能委派末期评估。",
        rule=RULE_EVALUATION,
        remedy="请安排复评；不再复评的，由审核负责人写明理由，办结不合格的评估。",
        error=IllegalTransition,
    )


def _has_declared(*, declared: bool) -> Verdict:
    return refused_if(
        not declared,
        "您还没有签署独立性声明。",
        rule=RULE_RECUSAL,
        remedy="声明由参加评估的每个人自己签署，请先签署，再办理。",
        error=IllegalTransition,
    )


def _nothing_blocks(blocks: int) -> Verdict:
    return refused_if(
        blocks,
        f"评估报告还有 {blocks} 处没有填写或者不符合规定。",
        rule=RULE_EVALUATION,
        remedy="请按核对结果逐项补齐后再提交。",
    )


def _is_whole(blocks: int) -> Verdict:
    return refused_if(
        blocks,
        f"评估报告还有 {blocks} 处不符合规定，不能确认。",
        rule=RULE_EVALUATION,
        remedy="请退回评估机构，按核对结果逐项补齐。",
    )


def _not_the_submitter(actor: Actor, evaluation: Evaluation) -> Verdict:
    return refused_if(
        actor.user_id == evaluation.submitted_by,
        "评估报告由您提交，不能再由您确认。",
        rule=RULE_TWO_PEOPLE,
        remedy="请由采购人的审核负责人确认。",
    )


def _waits_for_rectification(evaluation: Evaluation) -> Verdict:
    failed = evaluation.state is EvaluationState.CONFIRMED and not passes(evaluation.grade)
    if failed and evaluation.settled_at is not None:
        return refused("这次评估已经按不合格办结，不再整改。", error=IllegalTransition)
    if failed and evaluation.waived_at is not None:
        return refused("已经书面说明不再整改。", error=IllegalTransition)
    if failed and evaluation.rectified_at is None:
        return ALLOWED
    return refused(
        "整改情况已经报送。" if failed else "这次评估没有要求整改。",
        remedy="请等待采购人安排复评。" if failed else "",
        error=IllegalTransition,
    )


def _is_reported(evaluation: Evaluation) -> Verdict:
    return refused_if(
        evaluation.rectified_at is None,
        "承接主体还没有报送整改情况。",
        remedy="请等待报送。",
        error=IllegalTransition,
    )


def _no_round_left(latest: Evaluation, contract: Contract, today: date) -> Verdict:
    return refused_if(
        latest.round == 1 and today < window_of(contract).opens_on,
        "还没有复评过，合同也没有到期，不能办结。",
        rule=RULE_EVALUATION,
        remedy="请在整改以后安排复评。",
        error=TooEarly,
    )


def _had_its_days(rectify_until: date | None, today: date) -> Verdict:
    if rectify_until is None or today > rectify_until:
        return ALLOWED
    return refused(
        f"整改期限到{date_word(rectify_until)}，期满以前不能以不合格办结。",
        rule=RULE_EVALUATION,
        remedy="承接主体报送整改情况的，请安排复评；承接主体书面说明不再整改的，可以提前办结。",
        error=TooEarly,
    )


def _in_force(contract: Contract) -> Verdict:
    return refused_if(
        contract.state not in SIGNED_STATES,
        "合同还没有签订，不能安排评估。",
        error=IllegalTransition,
    )


def _has_failed(latest: Evaluation) -> Verdict:
    if latest.state is not EvaluationState.CONFIRMED:
        return refused(
            "上一次评估还没有结果。",
            remedy="请等上一次评估确认后，再看是否需要复评。",
            error=IllegalTransition,
        )
    if passes(latest.grade):
        return refused("评估已经合格，不需要复评。", error=IllegalTransition)
    if latest.settled_at is not None:
        return refused("这次评估已经按不合格办结。", error=IllegalTransition)
    return ALLOWED
