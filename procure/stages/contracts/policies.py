"""Who may do what with a contract, and when, each refusal with its rule and its remedy."""

from datetime import date, datetime

from procure.kernel.access import Actor, Permission
from procure.kernel.errors import ALLOWED, IllegalTransition, Verdict, refused, refused_if
from procure.kernel.laws import cite
from procure.kernel.lifecycle import ContractState, TenderState, may_take
from procure.registers.projects.policies import is_buyer, is_supplier
from procure.stages.contracts.models import Contract, ContractEarlyEnd
from procure.stages.tenders.models import Tender

RULE_SIGNING = cite("contract_by_result")
RULE_CHALLENGE = f"{cite('challenge')}、{cite('contract_suspended')}"
RULE_FILING = cite("contract_filed")
RULE_TWO_PEOPLE = cite("duties_apart")
RULE_TERM = cite("contract_years")
RULE_EARLY_END = f"{cite('rescission')}和合同约定的终止条款"
RULE_CONTENT = cite("no_subcontract")

SIGNED_STATES = frozenset(
    {
        ContractState.SIGNED,
        ContractState.PUBLISHED,
        ContractState.FILED,
        ContractState.COMPLETED,
    }
)
"""States of a contract that is in force or was."""


def is_in_force(contract: Contract) -> bool:
    """Whether both sides have signed and not everything is paid yet."""
    return contract.state in SIGNED_STATES and contract.state is not ContractState.COMPLETED


def purchase_stands(tender: Tender) -> Verdict:
    """Whether the purchase that a contract comes from was neither ended nor failed."""
    return refused_if(
        tender.state is not TenderState.OPENED,
        "采购活动已经终止或者废标，合同不能再填写、送签或签署。",
        rule=RULE_SIGNING,
        remedy="请查看终止公告或废标公告；需要继续采购的，请重新采购。",
        error=IllegalTransition,
    )


def _as_buyer(action: str, actor: Actor, contract: Contract, *also: Verdict) -> Verdict:
    return may_take(action, actor, contract.state, is_buyer(actor, contract), *also)


def may_edit_contract(actor: Actor, contract: Contract) -> Verdict:
    """Whether the actor may fill in the draft."""
    return _as_buyer("edit_contract", actor, contract)


def may_issue_contract(actor: Actor, contract: Contract, *, blocks: int) -> Verdict:
    """Whether the text may be printed and sent to be signed; `blocks` findings stand against it."""
    return _as_buyer("issue_contract", actor, contract, _nothing_blocks(blocks))


def may_recall_contract(actor: Actor, contract: Contract) -> Verdict:
    """Whether an issued text may be taken back; after the other side signed it may not."""
    return _as_buyer("recall_contract", actor, contract)


def may_sign_as_supplier(actor: Actor, contract: Contract) -> Verdict:
    """Whether the actor may sign for the supplier."""
    return may_take("sign_contract_supplier", actor, contract.state, is_supplier(actor, contract))


def may_sign_as_buyer(actor: Actor, contract: Contract, *, is_author: bool) -> Verdict:
    """Whether the actor may sign for the buyer: second, and not who filled in or issued the text
    (art 61); `is_author` says that the trail names the actor among those.
    """
    return _as_buyer(
        "sign_contract_buyer", actor, contract, _not_a_writer(actor, contract, is_author)
    )


def may_publish_contract(actor: Actor, contract: Contract) -> Verdict:
    """Whether the actor may announce the contract."""
    return _as_buyer("publish_contract", actor, contract)


def may_file_contract(actor: Actor, contract: Contract) -> Verdict:
    """Whether the actor may enter the filing with the finance department."""
    return _as_buyer("file_contract", actor, contract)


def may_propose_early_end(
    actor: Actor, contract: Contract, pending: ContractEarlyEnd | None, today: date
) -> Verdict:
    """Whether the actor may propose that the contract ends before its term."""
    return _as_buyer(
        "propose_early_end",
        actor,
        contract,
        _still_runs(contract, today),
        refused_if(
            pending is not None,
            "已经有人提出提前终止，还没有决定。",
            rule=RULE_EARLY_END,
            remedy="请等审核负责人决定。",
            error=IllegalTransition,
        ),
    )


def may_decide_early_end(
    actor: Actor, contract: Contract, pending: ContractEarlyEnd | None, today: date
) -> Verdict:
    """Whether the actor may decide on the proposal: who may sign for the buyer, and not who asked."""
    return _as_buyer(
        "end_early",
        actor,
        contract,
        _still_runs(contract, today),
        _is_proposed_by_another(actor, pending),
    )


def _still_runs(contract: Contract, today: date) -> Verdict:
    if contract.ended_early_on is not None:
        return refused("合同已经提前终止。", rule=RULE_EARLY_END, error=IllegalTransition)
    if contract.ends_on is not None and today > contract.ends_on:
        return refused(
            "合同已经届满，不能再提前终止。",
            rule=RULE_EARLY_END,
            remedy="请按约定办理期满验收。",
            error=IllegalTransition,
        )
    return ALLOWED


def _is_proposed_by_another(actor: Actor, pending: ContractEarlyEnd | None) -> Verdict:
    if pending is None:
        return refused(
            "没有待决定的提前终止。", remedy="请由经办人先提出。", error=IllegalTransition
        )
    if pending.proposed_by != actor.user_id:
        return ALLOWED
    return refused(
        "提前终止由您提出，不能再由您决定。",
        rule=RULE_TWO_PEOPLE,
        remedy="请由另一位审核负责人决定。",
    )


def may_read_text(actor: Actor, contract: Contract) -> Verdict:
    """Whether the reader may see what the contract says; the supplier not while it is a draft."""
    if not actor.may(Permission.CONTRACT_VIEW):
        return refused("您的岗位不查看合同。", remedy="公开的内容请看合同公告。")
    if contract.state is ContractState.DRAFT and actor.organisation_id == contract.supplier_id:
        return refused(
            "甲方正在起草合同，送签以后您可以在这里阅读和签署。",
            rule=RULE_SIGNING,
            remedy="合同的标准、数量和价格以采购文件和您的投标为准，不会改变。",
        )
    return ALLOWED


def is_overdue(due_at: datetime | None, now: datetime) -> bool:
    """Whether the thirty days to sign in are over (T28); the instant decides, never the tick."""
    return due_at is not None and now >= due_at


def _not_a_writer(actor: Actor, contract: Contract, is_author: bool) -> Verdict:
    return refused_if(
        is_author or actor.user_id == contract.issued_by,
        "合同文本由您填写，或者由您生成送签，不能再由您代表甲方签署。",
        rule=RULE_TWO_PEOPLE,
        remedy="请由另一位审核负责人签署。",
    )


def _nothing_blocks(blocks: int) -> Verdict:
    return refused_if(
        blocks,
        f"合同还有 {blocks} 处不符合规定或没有填写。",
        rule=RULE_CONTENT,
        remedy="请按核对结果逐项改正后再生成合同文本。",
    )


def last_service_day(contract: Contract) -> date:
    """The last day of a signed contract's services: that of the early end, else of its term."""
    day = contract.ended_early_on or contract.ends_on
    assert day is not None, "a contract without a term is not signed"
    return day
