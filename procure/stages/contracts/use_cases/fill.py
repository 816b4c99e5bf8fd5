"""Fill in the draft, section by section; each saves by itself and says what it now holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete

from procure.kernel.commands import Command
from procure.kernel.day_words import day_in_words
from procure.kernel.errors import Invalid
from procure.kernel.lifecycle import advance
from procure.kernel.quantities import agrees, named_counts
from procure.kernel.vocabulary import counted_for
from procure.stages.contracts import drafting, policies, queries
from procure.stages.contracts.checks import SECTION_TITLES
from procure.stages.contracts.drafting import MilestonePlan
from procure.stages.contracts.events import ContractEdited
from procure.stages.contracts.models import (
    Contract,
    ContractMilestone,
    ContractPost,
    ContractTarget,
)
from procure.store.sections import open_section, save_section
from procure.store.unit_of_work import UnitOfWork, explain_constraint

MOST_COUNT = 100_000
MOST_MILESTONES = 40

explain_constraint(
    "ends_after_start", "ends_on", "服务结束日期要晚于开始日期。", policies.RULE_CONTENT
)

UNIT_LENGTH = 100
"""The longest name of a unit beside a milestone: an organisation's may be as long."""


class SaveParties(Command):
    """Whom to call on both sides; the account is the one the supplier has registered."""

    contract_id: str
    version: int
    buyer_contact: str
    buyer_phone: str
    supplier_contact: str
    supplier_phone: str


class SaveTerm(Command):
    """From when to when, where, and for whom the service is."""

    contract_id: str
    version: int
    starts_on: date
    ends_on: date
    place: str
    recipients: str
    recipients_number: int


@dataclass(frozen=True)
class PostPlan:
    """A post to be staffed."""

    post: str
    people: int
    qualification: str
    duty: str


class SaveTargets(Command):
    """How many stations or people the targets count for, and who does the work.

    `counts` names what a target is counted for: {"站点": 2}; `source` says where a number comes from
    that the document does not name. What, how much and how often come from the tender and cannot be
    given here.
    """

    contract_id: str
    version: int
    counts: Mapping[str, int]
    posts: Sequence[PostPlan]
    source: str = ""


class SaveMilestones(Command):
    """The milestones agreed."""

    contract_id: str
    version: int
    rows: Sequence[MilestonePlan]


class SaveOther(Command):
    """Premises given by the buyer and special terms."""

    contract_id: str
    version: int
    premises: str
    special_terms: str


def save_parties(uow: UnitOfWork, command: SaveParties) -> Contract:
    """Save contacts, and take the account from the register; Invalid when a contact is empty."""
    contract = _open(uow, "parties", command.contract_id, command.version)
    names = (
        "buyer_contact",
        "buyer_phone",
        "supplier_contact",
        "supplier_phone",
    )
    values = {name: getattr(command, name).strip() for name in names}
    for name, value in values.items():
        if not value:
            raise Invalid(name, "这一项要填写。", policies.RULE_CONTENT)
        setattr(contract, name, value)
    take_account(contract)
    values |= {"payee_bank": contract.payee_bank, "payee_account": contract.payee_account}
    return _saved(uow, contract, "parties", values)


def take_account(contract: Contract) -> None:
    """Have the money go where the register says, which takes two administrators to change."""
    contract.payee_bank = contract.supplier.bank_name
    contract.payee_account = contract.supplier.bank_account


def save_term(uow: UnitOfWork, command: SaveTerm) -> Contract:
    """Save the term, place and recipients; totals follow, and milestones not yet agreed.

    Raises Invalid when the term ends before it begins, or lasts longer than announced
    (政府采购法 art 46 forbids changing the award's terms).
    """
    contract = _open(uow, "term", command.contract_id, command.version)
    _check_term(contract, command)
    contract.starts_on, contract.ends_on = command.starts_on, command.ends_on
    contract.place = command.place.strip()
    contract.recipients = command.recipients.strip()
    contract.recipients_number = command.recipients_number
    for target in queries.targets_of(uow.session, contract.id):
        _count(contract, target, target.each_count)
    proposed = () if "milestones" in contract.saved else ("milestones",)
    if proposed:
        _put_milestones(
            uow,
            contract,
            drafting.default_milestones(
                command.starts_on,
                command.ends_on,
                contract.supplier.name,
                contract.buyer.name,
            ),
        )
    values = {
        "starts_on": command.starts_on,
        "ends_on": command.ends_on,
        "place": contract.place,
        "recipients": contract.recipients,
        "recipients_number": contract.recipients_number,
    }
    return _saved(uow, contract, "term", values, *proposed)


def save_targets(uow: UnitOfWork, command: SaveTargets) -> Contract:
    """Save how many stations or people the targets count for, and the posts.

    Raises Invalid for a number that the document names otherwise, and for one that it does not name
    and that has no source (政府采购法 art 46: nothing is agreed beside document and bid).
    """
    contract = _open(uow, "targets", command.contract_id, command.version)
    targets = queries.targets_of(uow.session, contract.id)
    _check_counts(queries.document_text(uow.session, contract), command)
    contract.counts_source = command.source.strip()
    for target in targets:
        count = 1 if drafting.is_counted_once(target.each) else command.counts.get(target.each, 0)
        if not 1 <= count <= MOST_COUNT:
            raise Invalid(
                "counts",
                f"“{target.what}”按{counted_for(target.each)[1]}计算，要写明数量。",
                policies.RULE_CONTENT,
                "请按采购文件填写数量。",
            )
        _count(contract, target, count)
    if not command.posts:
        raise Invalid("posts", "至少写明一个岗位。", policies.RULE_CONTENT, "请按投标文件填写。")
    uow.session.execute(delete(ContractPost).where(ContractPost.contract_id == contract.id))
    uow.session.add_all(
        ContractPost(contract_id=contract.id, position=number, **vars(plan))
        for number, plan in enumerate(command.posts, start=1)
    )
    values = {
        "counts": dict(command.counts),
        "counts_source": contract.counts_source,
        "totals": {target.what: target.total for target in targets},
        "posts": [f"{plan.post} {plan.people} 人" for plan in command.posts],
    }
    return _saved(uow, contract, "targets", values)


def _check_counts(document: str, command: SaveTargets) -> None:
    for number, (each, count) in enumerate(command.counts.items()):
        thing = counted_for(each)[1]
        named = named_counts(document, thing)
        if not agrees(count, named):
            told = "、".join(dict.fromkeys(f"“{one.words}”" for one in named))
            raise Invalid(
                f"count_{number}",
                f"采购文件写的是{told}，不能按 {count:,} 计算。",
                policies.RULE_SIGNING,
                f"请按采购文件填写{thing}的数量；采购文件写错的，不能在合同里改。",
            )
        if not named and not command.source.strip():
            raise Invalid(
                "source",
                f"采购文件没有写明{thing}的数量，要写明 {count:,} 这个数从哪里来。",
                policies.RULE_SIGNING,
                "请写明出处，例如投标文件第几页、哪一天的服务对象名册。",
            )


def save_milestones(uow: UnitOfWork, command: SaveMilestones) -> Contract:
    """Save the milestones, put in the order of their dates."""
    contract = _open(uow, "milestones", command.contract_id, command.version)
    if contract.starts_on is None or contract.ends_on is None:
        raise Invalid(
            "rows", "请先填写服务期限，再约定履约节点。", remedy="请打开“期限、地点与服务对象”。"
        )
    if not command.rows or len(command.rows) > MOST_MILESTONES:
        raise Invalid("rows", f"履约节点至少 1 个，最多 {MOST_MILESTONES} 个。")
    for number, row in enumerate(command.rows):
        if not contract.starts_on <= row.due_on <= contract.ends_on:
            raise Invalid(
                f"rows-{number}-due_on",
                "这个节点的日期不在服务期限内。",
                policies.RULE_CONTENT,
                "请填写服务开始到结束之间的日期。",
            )
    rows = sorted(command.rows, key=lambda row: row.due_on)
    _put_milestones(uow, contract, rows)
    return _saved(uow, contract, "milestones", {"rows": [vars(row) for row in rows]})


def save_other(uow: UnitOfWork, command: SaveOther) -> Contract:
    """Save premises and special terms; both may be empty."""
    contract = _open(uow, "other", command.contract_id, command.version)
    contract.premises = command.premises.strip()
    contract.special_terms = command.special_terms.strip()
    values = {"premises": contract.premises, "special_terms": contract.special_terms}
    return _saved(uow, contract, "other", values)


def _open(uow: UnitOfWork, section: str, contract_id: str, version: int) -> Contract:
    contract, tender = queries.load_unsigned(uow.session, contract_id)
    policies.may_edit_contract(uow.actor, contract).require()
    policies.purchase_stands(tender).require()
    open_section(uow, contract, section, version)
    return contract


def _check_term(contract: Contract, command: SaveTerm) -> None:
    if command.ends_on <= command.starts_on:
        raise Invalid("ends_on", "服务结束日期要晚于开始日期。", policies.RULE_CONTENT)
    last = drafting.last_day(command.starts_on, contract.term_months)
    if command.ends_on > last:
        raise Invalid(
            "ends_on",
            f"服务期限不能超过采购文件公布的 {contract.term_months} 个月，"
            f"最晚到 {day_in_words(last)}。",
            policies.RULE_SIGNING,
            "期限以采购文件为准，请改正结束日期。",
        )
    for name in ("place", "recipients"):
        if not getattr(command, name).strip():
            raise Invalid(name, "这一项要填写。", policies.RULE_CONTENT)
    if not 1 <= command.recipients_number <= MOST_COUNT:
        raise Invalid("recipients_number", "服务对象人数应当大于零。", policies.RULE_CONTENT)


def _count(contract: Contract, target: ContractTarget, each_count: int) -> None:
    target.each_count = each_count
    if contract.starts_on is not None and contract.ends_on is not None:
        target.total = drafting.total_over_term(
            target.period, target.at_least, each_count, contract.starts_on, contract.ends_on
        )


def _put_milestones(uow: UnitOfWork, contract: Contract, rows: Sequence[MilestonePlan]) -> None:
    uow.session.execute(
        delete(ContractMilestone).where(ContractMilestone.contract_id == contract.id)
    )
    uow.session.add_all(
        ContractMilestone(contract_id=contract.id, position=number, **vars(row))
        for number, row in enumerate(rows, start=1)
    )


def _saved(
    uow: UnitOfWork, contract: Contract, section: str, values: Mapping[str, Any], *also: str
) -> Contract:
    """Note the section as saved; the version moves even when the section's rows alone changed.

    `also` are sections of which what is proposed follows from this one.
    """
    contract.state = advance("edit_contract", contract.state)
    contract.saved = [*(one for one in contract.saved if one != section), section]
    save_section(uow, contract, *also)
    uow.emit(
        ContractEdited.of(
            contract, section=section, section_words=SECTION_TITLES[section], values=values
        )
    )
    return contract
