"""A body of every kind of event, made from the types of its fields, to see what it says."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from procure.kernel.events import Event

_SHARES = (("city", 4, 400_000_00), ("district", 6, 600_000_00))
_FOUND = ({"receipt": "1234567890abcdef", "damage": "长度不符"},)
_BIDS = (
    {"supplier_name": "甲", "damage": "", "price_fen": 1_200_000_00},
    {"supplier_name": "乙", "damage": "坏"},
)
_RANKING = (
    {"rank": 1, "supplier_name": "甲", "total": 93_05},
    {"rank": None, "supplier_name": "丙", "total": None},
    {"rank": 2, "supplier_name": "乙", "total": 80_50},
)

_LONG = "因为附近的道路正在施工，服务人员无法按照约定的时间到达各个站点，经双方协商后一致同意推迟办理，具体时间另行书面通知有关的单位和人员"

_CHOICES = {"health", "cleaned", "xlsx"}

STRUCTURED: Mapping[str, Any] = {
    "shares": _SHARES,
    "PaymentApproved.shares": tuple((level, fen) for level, _, fen in _SHARES),
    "changes": (("名称", "旧", "新"), ("电话", "1", "2")),
    "draw": {"pool": ["a", "b", "c"]},
    "damaged": _FOUND,
    "missing": _FOUND,
    "bids": _BIDS,
    "ranking": _RANKING,
    "staff": ({"name": "王某", "post": "护理员"}, {"name": "李某", "post": "社工"}),
    "AcceptanceGroupSaved.members": (
        {"name": "王某", "unit": "街道办", "agrees": False},
        {"name": "李某", "unit": "民政局", "agrees": True},
        {"name": "赵某", "unit": "居委会"},
    ),
    "items": ({"passed": True}, {"passed": False}),
    "standards": ({"passed": False},),
    "RecordsChecked.checks": (("r1", "false", ""), ("r2", "true", "")),
    "lines": (("city", "committed", "k", 300_00), ("city", "reserved", "k", -500_00)),
    "supplier_names": ("甲", "乙"),
    "codes": tuple(f"R{number}" for number in range(12)),
    "sha256": "0123456789abcdef",
    "ContractIssued.pages": 1239,
    "note_id": "1234567890abcdef",
    "AbsenceReported.kind": "health",
    "PanelMemberReplaced.cause": "conflict",
    "BidShutOut.act": "withdraw_bid",
    "ShutOutNoted.act": "open_bid",
    "DocumentFiled.outcome": "cleaned",
    "ListExported.file_format": "xlsx",
    "SettlementProposed.reason": "没有提供服务。",
    "EvaluationDeclined.reason": _LONG,
    "RecordsChecked.rest_conclusion": _LONG,
    "RectificationReported.note": _LONG,
    "RectificationRefused.reason": _LONG,
    "EvaluationSettled.reason": _LONG,
}


def bodies(kind: type[Event]) -> dict[str, dict[str, Any]]:
    """Bodies of a kind: with everything, and with nothing in what may be empty."""
    types = get_type_hints(kind)
    names = [item.name for item in fields(kind)]
    full = {name: _full(kind, name, types[name]) for name in names}
    full |= {name: _earlier(kind, name) for name in kind.earlier}
    empty = {name: _empty(types[name], full[name]) for name in names}
    return {"full": full, "empty": empty}


def _earlier(kind: type[Event], name: str) -> Any:
    """What an earlier version told, which no field says the type of any more."""
    return STRUCTURED.get(f"{kind.__name__}.{name}", STRUCTURED.get(name, f"〈{name}〉"))


def _full(kind: type[Event], name: str, wanted: Any) -> Any:
    if (key := f"{kind.__name__}.{name}") in STRUCTURED:
        return STRUCTURED[key]
    if name in STRUCTURED and wanted is not datetime:
        return STRUCTURED[name]
    if get_origin(wanted) is UnionType:
        wanted = get_args(wanted)[0]
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return next(iter(wanted)).value
    plain = {bool: True, int: 1234 + len(name), date: "2026-04-09", datetime: "2026-04-09T01:02"}
    if wanted in plain:
        return plain[wanted]
    if wanted is str:
        return f"〈{name}〉"
    return {} if get_origin(wanted) is Mapping else (f"〈{name}1〉", f"〈{name}2〉")


def _empty(wanted: Any, full: Any) -> Any:
    if get_origin(wanted) is UnionType:
        return None
    empty = {bool: False, str: "", int: 0}
    if wanted in empty and not (wanted is str and full in _CHOICES):
        return empty[wanted]
    return () if isinstance(full, tuple) else full
