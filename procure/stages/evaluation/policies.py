"""Who may do what with an evaluation, and when, each refusal with its rule and its remedy."""

from procure.kernel.access import Actor, OrganisationKind, Permission, Role, carries
from procure.kernel.errors import ALLOWED, IllegalTransition, Verdict, first_refusal, refused
from procure.kernel.lifecycle import EvaluationState, may_step
from procure.kernel.text import key
from procure.registers.accounts.models import Organisation
from procure.registers.projects.policies import is_buyer, is_supplier
from procure.stages.contracts.models import Contract
from procure.stages.contracts.policies import SIGNED_STATES
from procure.stages.evaluation.models import Evaluation
from procure.stages.evaluation.results import passes

RULE_EVALUATION = "《政府购买服务管理办法》关于绩效管理的规定"
RULE_INDEPENDENT = "《政府采购法实施条例》第十八条"
RULE_RECUSAL = "《政府采购法实施条例》第九条"
RULE_TWO_PEOPLE = "不相容岗位分离"
RECTIFICATION = "T70"


def may_assign(actor: Actor, evaluation: Evaluation, contract: Contract) -> Verdict:
    """Whether the actor may charge an assessor with the evaluation."""
    return first_refusal(
        carries(actor, Permission.EVALUATION_ASSIGN, "委派评估机构"),
        is_buyer(actor, contract),
        may_step("assign_evaluation", evaluation.state),
    )


def is_independent(
    assessor: Organisation, contract: Contract, supplier: Organisation, *, has_bid: bool
) -> Verdict:
    """Whether an organisation may evaluate this contract: no provider, no bidder, no kin of one.

    Who bid for the project, or has the same person in charge as the provider, may not judge it
    (R-ELIG-2, R-ELIG-3).
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


def may_declare(actor: Actor, evaluation: Evaluation) -> Verdict:
    """Whether the actor may sign the declaration of independence, once."""
    if evaluation.declared_at is not None:
        signed: Verdict = refused(
            "独立性声明已经签署。", remedy="可以直接填写评分。", error=IllegalTransition
        )
    else:
        signed = ALLOWED
    return first_refusal(
        carries(actor, Permission.EVALUATION_SCORE, "签署独立性声明"),
        is_charged(actor, evaluation),
        may_step("score_evaluation", evaluation.state),
        signed,
    )


def may_score(actor: Actor, evaluation: Evaluation) -> Verdict:
    """Whether the actor may fill in scores and the report now."""
    return first_refusal(
        carries(actor, Permission.EVALUATION_SCORE, "填写评估评分"),
        is_charged(actor, evaluation),
        may_step("score_evaluation", evaluation.state),
        _has_declared(evaluation),
    )


def may_submit(actor: Actor, evaluation: Evaluation, *, blocks: int) -> Verdict:
    """Whether the report may go to the buyer; `blocks` findings stand against it."""
    return first_refusal(
        carries(actor, Permission.EVALUATION_SUBMIT, "提交评估报告"),
        is_charged(actor, evaluation),
        may_step("submit_evaluation", evaluation.state),
        _has_declared(evaluation),
        _nothing_blocks(blocks),
    )


def may_return(actor: Actor, evaluation: Evaluation, contract: Contract) -> Verdict:
    """Whether the actor may send the report back."""
    return first_refusal(
        carries(actor, Permission.EVALUATION_CONFIRM, "退回评估报告"),
        is_buyer(actor, contract),
        may_step("return_evaluation", evaluation.state),
    )


def may_confirm(actor: Actor, evaluation: Evaluation, contract: Contract) -> Verdict:
    """Whether the actor may let the result stand; never who submitted it."""
    return first_refusal(
        carries(actor, Permission.EVALUATION_CONFIRM, "确认评估结果"),
        is_buyer(actor, contract),
        may_step("confirm_evaluation", evaluation.state),
        _not_the_submitter(actor, evaluation),
    )


def may_report_rectification(actor: Actor, evaluation: Evaluation, contract: Contract) -> Verdict:
    """Whether the provider may report what it put right; late reports are taken, and told late."""
    return first_refusal(
        carries(actor, Permission.DELIVERY_RECORD, "报送整改情况"),
        is_supplier(actor, contract),
        _waits_for_rectification(evaluation),
    )


def may_schedule_again(actor: Actor, latest: Evaluation, contract: Contract) -> Verdict:
    """Whether a further round may be put on the calendar after a failed one (R-GZ-5)."""
    return first_refusal(
        carries(actor, Permission.EVALUATION_ASSIGN, "安排复评"),
        is_buyer(actor, contract),
        _in_force(contract),
        _has_failed(latest),
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


def _has_declared(evaluation: Evaluation) -> Verdict:
    if evaluation.declared_at is not None:
        return ALLOWED
    return refused(
        "还没有签署独立性声明。",
        rule=RULE_RECUSAL,
        remedy="请先签署声明，说明与承接主体没有利害关系，再填写评分。",
        error=IllegalTransition,
    )


def _nothing_blocks(blocks: int) -> Verdict:
    if not blocks:
        return ALLOWED
    return refused(
        f"评估报告还有 {blocks} 处没有填写或者不符合规定。",
        rule=RULE_EVALUATION,
        remedy="请按核对结果逐项补齐后再提交。",
    )


def _not_the_submitter(actor: Actor, evaluation: Evaluation) -> Verdict:
    if actor.user_id != evaluation.submitted_by:
        return ALLOWED
    return refused(
        "评估报告由您提交，不能再由您确认。",
        rule=RULE_TWO_PEOPLE,
        remedy="请由采购人的审核负责人确认。",
    )


def _waits_for_rectification(evaluation: Evaluation) -> Verdict:
    failed = evaluation.state is EvaluationState.CONFIRMED and not passes(evaluation.grade)
    if failed and evaluation.rectified_at is None:
        return ALLOWED
    return refused(
        "整改情况已经报送。" if failed else "这次评估没有要求整改。",
        remedy="请等待采购人安排复评。" if failed else "",
        error=IllegalTransition,
    )


def _in_force(contract: Contract) -> Verdict:
    if contract.state in SIGNED_STATES:
        return ALLOWED
    return refused("合同还没有签订，不能安排评估。", error=IllegalTransition)


def _has_failed(latest: Evaluation) -> Verdict:
    if latest.state is not EvaluationState.CONFIRMED:
        return refused(
            "上一次评估还没有结果。",
            remedy="请等上一次评估确认后，再看是否需要复评。",
            error=IllegalTransition,
        )
    if passes(latest.grade):
        return refused("评估已经合格，不需要复评。", error=IllegalTransition)
    return ALLOWED
