"""The public notice of a contract: the fields of 财办库〔2020〕50号, 政府采购合同公告."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from procure.kernel.access import LEVEL_LABELS
from procure.kernel.clock import local_date
from procure.kernel.day_words import date_word
from procure.kernel.methods import words_of
from procure.kernel.money import Money, capitals
from procure.kernel.vocabulary import METHOD_LABELS
from procure.stages.contracts import drafting
from procure.stages.contracts.models import Contract
from procure.stages.contracts.queries import ContractParts, Origin, instrument_name

Sections = Sequence[Mapping[str, Any]]


def notice_sections(parts: ContractParts, origin: Origin, today: date) -> Sections:
    """The sections of the notice as it will be published."""
    contract = parts.contract
    assert contract.buyer_signed_at is not None
    signed_on = date_word(local_date(contract.buyer_signed_at))
    return (
        _section(
            "合同与项目",
            ("合同编号", contract.number),
            ("合同名称", instrument_name(contract)),
            ("项目编号", contract.project.number),
            ("项目名称", contract.project.title),
            ("采购方式", METHOD_LABELS[origin.tender.method]),
            (f"{words_of(origin.tender.method).win}结果公告", origin.result_notice or "无"),
        ),
        _section("采购人（甲方）", *_party(contract, "buyer")),
        _section("承接主体（乙方）", *_party(contract, "supplier")),
        _section("合同主要信息", *_substance(parts, origin)),
        _section("服务目标", *_targets(parts)),
        _section(
            "签订与公告",
            ("合同签订日期", signed_on),
            ("合同公告日期", date_word(today)),
        ),
    )


def _section(title: str, *rows: tuple[str, str]) -> Mapping[str, Any]:
    return {"title": title, "rows": [[label, text] for label, text in rows]}


def _party(contract: Contract, side: str) -> tuple[tuple[str, str], ...]:
    organisation = getattr(contract, side)
    return (
        ("名称", organisation.name),
        ("地址", organisation.address or "未登记"),
        # The office's number; that of the person who carries out the contract is not for everybody.
        ("联系方式", organisation.phone or "未登记"),
    )


def _substance(parts: ContractParts, origin: Origin) -> tuple[tuple[str, str], ...]:
    contract = parts.contract
    amount = Money(contract.amount_fen)
    shares = "，".join(
        f"{LEVEL_LABELS[row.level]} {Money(row.amount_fen).format()}" for row in parts.shares
    )
    assert contract.starts_on is not None
    assert contract.ends_on is not None
    return (
        ("主要标的名称", f"{origin.item.code} {origin.item.name}"),
        ("服务要求", origin.tender.requirement or origin.plan.outline),
        ("合同金额", f"{amount.format()}（大写：人民币{capitals(amount)}）"),
        ("各级承担", shares),
        ("履约期限", f"{date_word(contract.starts_on)}至{date_word(contract.ends_on)}"),
        ("履约地点", contract.place),
        ("服务对象", f"{contract.recipients}，共 {contract.recipients_number:,} 人"),
    )


def _targets(parts: ContractParts) -> list[tuple[str, str]]:
    return [
        (
            row.what,
            f"{drafting.frequency_words(row.period, row.at_least, row.unit, row.each, row.each_count)}"
            f"，合同期 {row.total:,} {row.unit}",
        )
        for row in parts.targets
    ]
