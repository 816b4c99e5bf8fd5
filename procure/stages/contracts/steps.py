"""What can be done with a contract until it is performed, by whom and where."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from procure.stages.contracts import policies
from procure.stages.contracts.models import Contract, ContractEarlyEnd
from procure.web.step_table import Facts, StepOf


@dataclass(frozen=True, kw_only=True)
class ContractFacts(Facts):
    """A contract for one reader; `is_author` says that they had a hand in its text, `pending` that
    somebody proposes to end it early.
    """

    contract: Contract
    today: date
    is_author: bool = False
    pending: ContractEarlyEnd | None = None


# fmt: off
CONTRACT_STEPS: tuple[StepOf[ContractFacts], ...] = (
    StepOf("edit_contract", "contracts.parties", todo="合同等您填写并送签", begins="contracts.show"),
    StepOf("recall_contract", "contracts.recall"),
    StepOf("sign_contract_supplier", "contracts.sign", todo="合同等您代表乙方签署", note="签署前请通读合同文本，核对金额和收款账户。"),
    StepOf("sign_contract_buyer", "contracts.sign",
        lambda it: policies.may_sign_as_buyer(it.actor, it.contract, is_author=it.is_author), todo="乙方已经签署，等您代表甲方签署",
        note="甲方后签，签署后合同生效，预算随即占用。"),
    StepOf("publish_contract", "contracts.publish", todo="合同已签订，等您公告"),
    StepOf("file_contract", "contracts.file", todo="合同已公告，等您登记备案"),
    StepOf("end_early", "contracts.decide_early_end",
        lambda it: policies.may_decide_early_end(it.actor, it.contract, it.pending, it.today), todo="有人申请提前终止合同，等您决定",
        also=("refuse_early_end",), label="审批提前终止合同", when=lambda it: it.pending is not None, usual=False),
    StepOf("propose_early_end", "contracts.propose_early_end",
        lambda it: policies.may_propose_early_end(it.actor, it.contract, it.pending, it.today), only_allowed=True),
)

STEPS: tuple[StepOf[Any], ...] = (
    *CONTRACT_STEPS,
    StepOf[ContractFacts]("issue_contract", "contracts.check"),
)
