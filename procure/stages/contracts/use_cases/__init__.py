"""The verbs of contracts: drafted from the award, filled in, issued, signed, announced, filed."""

from procure.stages.contracts.use_cases.draft import draft_contract, on_result_announced
from procure.stages.contracts.use_cases.end import (
    DecideEarlyEnd,
    ProposeEarlyEnd,
    decide_early_end,
    propose_early_end,
)
from procure.stages.contracts.use_cases.fill import (
    PostPlan,
    SaveMilestones,
    SaveOther,
    SaveParties,
    SaveTargets,
    SaveTerm,
    save_milestones,
    save_other,
    save_parties,
    save_targets,
    save_term,
)
from procure.stages.contracts.use_cases.issue import (
    IssueContract,
    RecallContract,
    issue_contract,
    recall_contract,
)
from procure.stages.contracts.use_cases.publish import (
    FileContract,
    PublishContract,
    complete_contract,
    file_contract,
    publish_contract,
    reopen_contract,
)
from procure.stages.contracts.use_cases.sign import (
    SignContract,
    sign_contract_buyer,
    sign_contract_supplier,
)

__all__ = [
    "DecideEarlyEnd",
    "FileContract",
    "IssueContract",
    "PostPlan",
    "ProposeEarlyEnd",
    "PublishContract",
    "RecallContract",
    "SaveMilestones",
    "SaveOther",
    "SaveParties",
    "SaveTargets",
    "SaveTerm",
    "SignContract",
    "complete_contract",
    "decide_early_end",
    "draft_contract",
    "file_contract",
    "issue_contract",
    "on_result_announced",
    "propose_early_end",
    "publish_contract",
    "recall_contract",
    "reopen_contract",
    "save_milestones",
    "save_other",
    "save_parties",
    "save_targets",
    "save_term",
    "sign_contract_buyer",
    "sign_contract_supplier",
]
