"""Who may do what with an acceptance, and when, each refusal with its rule and its remedy."""

from procure.kernel.access import Actor, Permission, carries
from procure.kernel.errors import ALLOWED, IllegalTransition, Verdict, first_refusal, refused
from procure.kernel.lifecycle import AcceptanceState, ContractState, EvaluationState, may_step
from procure.registers.projects.policies import is_buyer
from procure.stages.acceptance.models import Acceptance
from procure.stages.contracts.models import Contract
from procure.stages.evaluation.models import Evaluation

RULE_OPINION = "《政府采购法实施条例》第四十五条"
RULE_SIGNER = "《政府采购法》第六十一条"
RULE_ACCEPTANCE = "《政府采购法实施条例》第四十五条"
RULE_EVALUATION = "《政府购买服务管理办法》关于绩效管理的规定"


def may_open(
    actor: Actor, contract: Contract, existing: Acceptance | None, final: Evaluation | None
) -> Verdict:
    """Whether acceptance may begin: the final evaluation stands, and another hand than signed."""
    return first_refusal(
        carries(actor, Permission.ACCEPTANCE_DECIDE, "启动履约验收"),
        is_buyer(actor, contract),
        may_step("open_acceptance", existing.state if existing else None),
        _is_performing(contract),
        _evaluated(final),
        is_not_signer(actor, contract),
    )


def may_decide(
    actor: Actor, acceptance: Acceptance, contract: Contract, action: str = "pass_acceptance"
) -> Verdict:
    """Whether the actor may look at items, name the group and decide, by office and state."""
    return first_refusal(
        carries(actor, Permission.ACCEPTANCE_DECIDE, "办理履约验收"),
        is_buyer(actor, contract),
        may_step(action, acceptance.state),
        is_not_signer(actor, contract),
    )


def may_pass(actor: Actor, acceptance: Acceptance, contract: Contract, *, blocks: int) -> Verdict:
    """Whether the delivery may be accepted; `blocks` findings stand against it."""
    return first_refusal(may_decide(actor, acceptance, contract), _nothing_blocks(blocks))


def may_refuse(actor: Actor, acceptance: Acceptance, contract: Contract) -> Verdict:
    """Whether the delivery may be refused."""
    return may_decide(actor, acceptance, contract, "refuse_acceptance")


def may_reopen(actor: Actor, acceptance: Acceptance, contract: Contract) -> Verdict:
    """Whether a refused delivery may be looked at anew."""
    return may_decide(actor, acceptance, contract, "reopen_acceptance")


def may_enter_opinion(actor: Actor, acceptance: Acceptance, contract: Contract) -> Verdict:
    """Whether the actor may print slips and type what recipients said; never the provider."""
    return first_refusal(
        carries(actor, Permission.OPINION_ENTER, "登记服务对象意见"),
        is_buyer(actor, contract),
        may_step("record_opinion", acceptance.state),
    )


def may_publish(
    actor: Actor, acceptance: Acceptance, contract: Contract, *, answered: int
) -> Verdict:
    """Whether the result may be announced; without opinions there is nothing to announce."""
    return first_refusal(
        carries(actor, Permission.ACCEPTANCE_PUBLISH, "公告验收结果"),
        is_buyer(actor, contract),
        may_step("publish_acceptance", acceptance.state),
        ALLOWED
        if answered
        else refused(
            "没有服务对象的意见，不能公告验收结果。",
            rule=RULE_OPINION,
            remedy="请先征求服务对象意见。",
        ),
    )


def is_not_signer(actor: Actor, contract: Contract) -> Verdict:
    """Whether the actor had no hand in the contract: who made or signed it may not accept it."""
    if actor.user_id not in (contract.issued_by, contract.buyer_signed_by):
        return ALLOWED
    return refused(
        "合同由您经办或者签订，不能再由您验收。",
        rule=RULE_SIGNER,
        remedy="请由没有参与合同签订的验收负责人办理。",
    )


def may_read(actor: Actor, acceptance: Acceptance, contract: Contract) -> Verdict:
    """Whether the reader may see items and opinion; the provider once it is decided."""
    if not actor.may(Permission.ACCEPTANCE_VIEW):
        return refused("您的岗位不查看验收情况。", remedy="验收结果公告后对外公开。")
    decided = acceptance.state is not AcceptanceState.COLLECTING
    if decided or actor.organisation_id != contract.supplier_id:
        return ALLOWED
    return refused(
        "采购人正在征求服务对象意见、逐项核验，作出结论后在这里公布。",
        remedy="验收期间请保持服务档案齐全，配合核验。",
    )


def _is_performing(contract: Contract) -> Verdict:
    if contract.state is ContractState.FILED:
        return ALLOWED
    return refused(
        "合同还没有公告和备案，不能验收。",
        rule=RULE_ACCEPTANCE,
        remedy="请先办结合同公告和备案。",
        error=IllegalTransition,
    )


def _evaluated(final: Evaluation | None) -> Verdict:
    if final is not None and final.state is EvaluationState.CONFIRMED:
        return ALLOWED
    return refused(
        "末期评估还没有确认，不能启动验收。",
        rule=RULE_EVALUATION,
        remedy="请先完成并确认末期评估。",
        error=IllegalTransition,
    )


def _nothing_blocks(blocks: int) -> Verdict:
    if not blocks:
        return ALLOWED
    return refused(
        f"还有 {blocks} 处不具备验收合格的条件。",
        rule=RULE_OPINION,
        remedy="请按核对结果逐项办理；确实不符合的，作出不合格的结论并要求整改。",
    )
