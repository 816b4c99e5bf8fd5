"""Who may do what with an acceptance, and when, each refusal with its rule and its remedy."""

from datetime import date, timedelta

from procure.kernel.access import Actor, Permission, carries
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
from procure.kernel.lifecycle import (
    AcceptanceState,
    ContractState,
    EvaluationState,
    may_step,
    may_take,
)
from procure.registers.projects.policies import is_buyer, is_supplier
from procure.stages.acceptance.models import Acceptance
from procure.stages.contracts.models import Contract
from procure.stages.contracts.policies import last_service_day
from procure.stages.evaluation.models import Evaluation
from procure.stages.evaluation.policies import is_settled

RULE_OPINION = cite("acceptance_by_contract")
RULE_SIGNER = cite("duties_apart")
RULE_ACCEPTANCE = cite("acceptance_by_contract")
RULE_SHORTFALL = f"{cite('acceptance_by_contract')}和合同的违约责任条款"
RULE_SIGNATURE = cite("acceptance_signed")
RULE_TERM = "合同约定的服务期限"
RULE_EVALUATION = "《政府购买服务管理办法》关于绩效管理的规定"


def may_open(
    actor: Actor,
    contract: Contract,
    existing: Acceptance | None,
    final: Evaluation | None,
    *,
    today: date,
) -> Verdict:
    """Whether acceptance may begin: services have ended, the final evaluation is settled, and
    another hand than signed.
    """
    return may_take(
        "open_acceptance",
        actor,
        existing.state if existing else None,
        is_buyer(actor, contract),
        is_due(contract, final, today),
        is_not_signer(actor, contract),
    )


def is_due(contract: Contract, final: Evaluation | None, today: date) -> Verdict:
    """Whether the time of acceptance has come: in force, ended, finally evaluated."""
    return first_refusal(_is_performing(contract), _has_ended(contract, today), _evaluated(final))


def may_decide(
    actor: Actor, acceptance: Acceptance, contract: Contract, action: str = "pass_acceptance"
) -> Verdict:
    """Whether the actor may look at items, name the group, decide, or send a report of what was put
    right back, by office and state.
    """
    return may_take(
        action,
        actor,
        acceptance.state,
        is_buyer(actor, contract),
        _is_performing(contract),
        is_not_signer(actor, contract),
    )


def may_pass(
    actor: Actor, acceptance: Acceptance, contract: Contract, *, action: str, blocks: int
) -> Verdict:
    """Whether the delivery may be accepted, or a part with a deduction for what fell short; `blocks`
    findings stand against it.
    """
    return first_refusal(may_decide(actor, acceptance, contract, action), _nothing_blocks(blocks))


def may_apply(
    actor: Actor,
    contract: Contract,
    existing: Acceptance | None,
    final: Evaluation | None,
    *,
    applied: bool,
    today: date,
) -> Verdict:
    """Whether the provider may ask to be accepted: the contract's working days run from then."""
    return first_refusal(
        carries(actor, Permission.DELIVERY_RECORD, "申请验收"),
        is_supplier(actor, contract),
        may_step("open_acceptance", existing.state if existing else None),
        refused_if(
            applied, "已经申请过验收。", remedy="请等采购人启动验收。", error=IllegalTransition
        ),
        is_due(contract, final, today),
    )


def may_report_amends(actor: Actor, acceptance: Acceptance, contract: Contract) -> Verdict:
    """Whether the provider may say that what was refused is put right."""
    return may_take(
        "report_amends",
        actor,
        acceptance.state,
        is_supplier(actor, contract),
        _is_performing(contract),
    )


def may_reopen(actor: Actor, acceptance: Acceptance, contract: Contract, *, today: date) -> Verdict:
    """Whether a refused delivery may be looked at anew: once the provider has reported, or when the
    days for it are over without a word.
    """
    return first_refusal(
        may_decide(actor, acceptance, contract, "reopen_acceptance"),
        _reported_or_late(acceptance, today),
    )


def may_enter_opinion(actor: Actor, acceptance: Acceptance, contract: Contract) -> Verdict:
    """Whether the actor may print slips and type what recipients said; never the provider."""
    return may_take("record_opinion", actor, acceptance.state, is_buyer(actor, contract))


def may_publish(
    actor: Actor, acceptance: Acceptance, contract: Contract, *, answered: int, unsigned: int
) -> Verdict:
    """Whether the result may be announced: recipients were heard, and all members have signed."""
    return may_take(
        "publish_acceptance",
        actor,
        acceptance.state,
        is_buyer(actor, contract),
        _heard(answered),
        _signed(unsigned),
    )


def may_sign(actor: Actor, acceptance: Acceptance, contract: Contract, *, waits: bool) -> Verdict:
    """Whether the actor may sign the certificate; `waits` says that their signature is missing."""
    return may_take(
        "sign_certificate",
        actor,
        acceptance.state,
        is_buyer(actor, contract),
        refused_if(
            not waits,
            "您不是这次验收小组的成员，或者已经签署。",
            rule=RULE_SIGNATURE,
            remedy="验收书由验收小组成员本人签署。",
            error=IllegalTransition,
        ),
    )


def may_file_copy(
    actor: Actor, acceptance: Acceptance, contract: Contract, *, on_paper: bool
) -> Verdict:
    """Whether the signed paper may be put on file; `on_paper` says that somebody signs there."""
    return may_take(
        "file_signed_copy",
        actor,
        acceptance.state,
        is_buyer(actor, contract),
        refused_if(
            not on_paper,
            "没有要在纸质件上签字的成员，或者签字件已经归档。",
            error=IllegalTransition,
        ),
    )


def _heard(answered: int) -> Verdict:
    return refused_if(
        not answered,
        "没有服务对象的意见，不能公告验收结果。",
        rule=RULE_OPINION,
        remedy="请先征求服务对象意见。",
    )


def _signed(unsigned: int) -> Verdict:
    return refused_if(
        unsigned,
        f"验收小组还有 {unsigned} 人没有在验收书上签字，不能公告验收结果。",
        rule=RULE_SIGNATURE,
        remedy="有账号的成员在平台签署；没有账号或者账号已停用的，在纸质件上签字，由验收负责人扫描归档。",
        error=IllegalTransition,
    )


def is_not_signer(actor: Actor, contract: Contract) -> Verdict:
    """Whether the actor had no hand in the contract: who made or signed it may not accept it."""
    return refused_if(
        actor.user_id in (contract.issued_by, contract.buyer_signed_by),
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


def _reported_or_late(acceptance: Acceptance, today: date) -> Verdict:
    if acceptance.state is AcceptanceState.RECTIFIED:
        return ALLOWED
    if acceptance.rectify_by is None or today > acceptance.rectify_by:
        return ALLOWED
    return refused(
        f"承接主体还没有报送整改情况，整改期限到{date_word(acceptance.rectify_by)}。",
        rule="合同约定的整改和复验",
        remedy="请等承接主体报送；期满没有报送的，可以直接复验。",
        error=TooEarly,
    )


def _is_performing(contract: Contract) -> Verdict:
    if contract.state is ContractState.FILED and contract.settled_at is None:
        return ALLOWED
    if contract.settled_at is not None:
        return refused(
            "合同已经结算办结，不再验收。", rule=RULE_ACCEPTANCE, error=IllegalTransition
        )
    return refused(
        "合同还没有公告和备案，不能验收。",
        rule=RULE_ACCEPTANCE,
        remedy="请先办结合同公告和备案。",
        error=IllegalTransition,
    )


def _has_ended(contract: Contract, today: date) -> Verdict:
    last = last_service_day(contract)
    return refused_if(
        today <= last,
        f"服务到{date_word(last)}才结束，{date_word(last + timedelta(days=1))}起才能验收。",
        rule=RULE_TERM,
        remedy="合同要提前终止的，请先由经办人提出、审核负责人确认提前终止。",
        error=TooEarly,
    )


def _evaluated(final: Evaluation | None) -> Verdict:
    if final is None or final.state is not EvaluationState.CONFIRMED:
        return refused(
            "末期评估还没有确认，不能启动验收。",
            rule=RULE_EVALUATION,
            remedy="请先完成并确认末期评估。",
            error=IllegalTransition,
        )
    return refused_if(
        not is_settled(final),
        "末期评估不合格，还没有整改后复评合格，不能启动验收。",
        rule=RULE_EVALUATION,
        remedy="请安排复评；不再复评的，请审核负责人写明理由，以不合格结案。",
        error=IllegalTransition,
    )


def _nothing_blocks(blocks: int) -> Verdict:
    return refused_if(
        blocks,
        f"还有 {blocks} 处不具备验收合格的条件。",
        rule=RULE_OPINION,
        remedy="请按核对结果逐项办理；确实不能补齐的，作出不合格的结论并要求整改。",
    )
