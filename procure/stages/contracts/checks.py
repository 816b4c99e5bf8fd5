"""What stands against a contract before it is issued: one finding a rule, with where to mend it.

BLOCK keeps the text from being printed, CONFIRM wants the clerk's tick, WARN only tells.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from procure.kernel.clock import local_date
from procure.kernel.day_words import date_word
from procure.kernel.findings import Finding, FindingLevel, block, confirm, warn
from procure.kernel.laws import cite
from procure.kernel.money import Money
from procure.kernel.quantities import agrees, named_counts
from procure.kernel.statute import timer
from procure.kernel.vocabulary import LONG_TERM_CONDITIONS, counted_for
from procure.stages.contracts import drafting
from procure.stages.contracts.models import Contract
from procure.stages.contracts.policies import RULE_CONTENT, RULE_SIGNING, RULE_TERM, is_overdue
from procure.stages.contracts.queries import CheckFacts, ContractParts

GENERAL_MONTHS = 12
MOST_MONTHS = 36
RULE_AMOUNT = cite("amount_by_result")
RULE_DESIGN = "本平台的约定"

SECTIONS = ("parties", "term", "targets", "milestones", "other")
SECTION_TITLES = {
    "parties": "双方信息",
    "term": "期限、地点与服务对象",
    "targets": "服务目标与人员配置",
    "milestones": "履约节点",
    "money": "付款与各级分担",
    "other": "其他约定",
}


def check_contract(parts: ContractParts, facts: CheckFacts, now: datetime) -> tuple[Finding, ...]:
    """Every finding, the ones that block first; empty when the contract may be issued as it is."""
    today = local_date(now)
    found = [
        *_unsaved(parts.contract),
        *_parties(parts.contract),
        *_term(parts.contract, facts, today),
        *_targets(parts),
        *_counts(parts, facts),
        *_milestones(parts),
        *_money(parts, facts),
        *_signing(facts, now),
    ]
    order = list(FindingLevel)
    return tuple(sorted(found, key=lambda finding: order.index(finding.level)))


def to_confirm(findings: Sequence[Finding]) -> tuple[str, ...]:
    """What the clerk must say yes to, in words."""
    return tuple(finding.message for finding in findings if finding.level is FindingLevel.CONFIRM)


def _unsaved(contract: Contract) -> Iterator[Finding]:
    for section in SECTIONS:
        if section not in contract.saved:
            yield block(
                f"“{SECTION_TITLES[section]}”还没有填写并保存。",
                RULE_CONTENT,
                "请打开这一部分，核对后保存。",
                section,
            )


def _parties(contract: Contract) -> Iterator[Finding]:
    for side, organisation in (("甲方", contract.buyer), ("乙方", contract.supplier)):
        missing = [
            words
            for name, words in (
                ("credit_code", "统一社会信用代码"),
                ("representative", "法定代表人或负责人"),
                ("address", "地址"),
            )
            if not getattr(organisation, name)
        ]
        if missing:
            yield block(
                f"{side}“{organisation.name}”的登记信息缺少：{'、'.join(missing)}。",
                RULE_CONTENT,
                "请平台的系统管理员在单位信息中补齐。",
            )
    if not (contract.supplier.bank_name and contract.supplier.bank_account):
        yield block(
            f"乙方“{contract.supplier.name}”还没有登记收款账户。",
            RULE_CONTENT,
            "请乙方提供账户证明，由系统管理员登记、安全管理员核对；合同只能写登记的账户。",
        )


def _term(contract: Contract, facts: CheckFacts, today: date) -> Iterator[Finding]:
    starts_on, ends_on = contract.starts_on, contract.ends_on
    if starts_on is None or ends_on is None:
        return
    if starts_on < today:
        yield block(
            f"服务从{date_word(starts_on)}开始，早于今天；合同签订以前不能开始服务。",
            RULE_SIGNING,
            "请把服务开始日期改为今天或以后。",
            "term",
        )
    last = drafting.last_day(starts_on, facts.tender_months)
    if ends_on > last:
        yield block(
            f"服务期限超过采购文件公布的 {facts.tender_months} 个月，最晚到{date_word(last)}。",
            RULE_SIGNING,
            "期限以采购文件为准，请改正结束日期。",
            "term",
        )
    if ends_on < last:
        yield confirm(
            f"服务期限短于采购文件公布的 {facts.tender_months} 个月（到{date_word(last)}）。",
            RULE_SIGNING,
            "缩短期限会减少服务数量；确有必要的，请先与乙方书面确认。",
            "term",
        )
    yield from _long_term(facts, starts_on, ends_on)


def _long_term(facts: CheckFacts, starts_on: date, ends_on: date) -> Iterator[Finding]:
    if ends_on > drafting.last_day(starts_on, MOST_MONTHS):
        yield block(
            f"政府购买服务合同的期限最长 {MOST_MONTHS} 个月。",
            timer("T48", starts_on, variant="multi_year").source,
            "请缩短服务期限。",
            "term",
        )
    elif ends_on > drafting.last_day(starts_on, GENERAL_MONTHS):
        missing = [
            words
            for words, held in zip(LONG_TERM_CONDITIONS, facts.term_conditions, strict=False)
            if not held
        ]
        if missing or len(facts.term_conditions) < len(LONG_TERM_CONDITIONS):
            yield block(
                f"期限超过 {GENERAL_MONTHS} 个月，但采购计划没有确认："
                f"{'、'.join(missing) or '四项条件'}。",
                RULE_TERM,
                "四项条件同时具备才可以超过一年，请把期限改到一年以内。",
                "term",
            )


def _targets(parts: ContractParts) -> Iterator[Finding]:
    if not parts.targets:
        yield block("合同没有服务目标。", RULE_CONTENT, "服务目标来自采购文件，请联系平台核查。")


def _counts(parts: ContractParts, facts: CheckFacts) -> Iterator[Finding]:
    """R-AWD-5: a number that the document names is taken from it, another tells its source."""
    counts = {
        row.each: row.each_count for row in parts.targets if not drafting.is_counted_once(row.each)
    }
    if "targets" not in parts.contract.saved:
        return
    for each, count in counts.items():
        measure, thing = counted_for(each)
        named = named_counts(facts.document, thing)
        if not agrees(count, named):
            yield block(
                f"{thing}按 {count:,} {measure}计，采购文件写的是“{named[0].words}”。",
                RULE_SIGNING,
                "请按采购文件改正数量。",
                "targets",
            )
        elif not named:
            yield confirm(
                f"{thing}按 {count:,} {measure}计，采购文件没有写明，"
                f"出处：{parts.contract.counts_source or '没有填写'}。",
                RULE_SIGNING,
                "请核对出处；数量直接决定合同期内要完成多少服务。",
                "targets",
            )


def _milestones(parts: ContractParts) -> Iterator[Finding]:
    contract = parts.contract
    if contract.starts_on is None or contract.ends_on is None:
        return
    for row in parts.milestones:
        if not contract.starts_on <= row.due_on <= contract.ends_on:
            yield block(
                f"履约节点“{row.title}”的日期{date_word(row.due_on)}不在服务期限内。",
                RULE_CONTENT,
                "请改正这个节点的日期。",
                "milestones",
            )
    first = min((row.due_on for row in parts.milestones), default=None)
    latest = contract.starts_on + timedelta(drafting.STARTUP_DAYS)
    if first is None or first > latest:
        yield warn(
            f"没有安排在 {drafting.STARTUP_DAYS} 日内（{date_word(latest)}前）的启动节点。",
            RULE_DESIGN,
            "建议约定人员到岗、场地和实施方案的完成日期。",
            "milestones",
        )


def _money(parts: ContractParts, facts: CheckFacts) -> Iterator[Finding]:
    amount = parts.contract.amount_fen
    if amount > facts.quoted_fen:
        yield block(
            f"合同金额 {Money(amount).format()} 超过成交报价 {Money(facts.quoted_fen).format()}。",
            RULE_AMOUNT,
            "合同金额只能是成交报价，请联系平台核查。",
        )
    if amount > facts.reserved_fen:
        yield block(
            f"采购计划占用的预算只有 {Money(facts.reserved_fen).format()}，不够签订这份合同。",
            cite("within_budget"),
            "请财政部门核对预算占用情况。",
        )
    for rows, words in ((parts.instalments, "各期付款"), (parts.shares, "各级分担")):
        if sum(row.amount_fen for row in rows) != amount:
            yield block(f"{words}的金额合计与合同金额不一致。", RULE_CONTENT, "请联系平台核查。")


def _signing(facts: CheckFacts, now: datetime) -> Iterator[Finding]:
    if is_overdue(facts.signing_due_at, now):
        yield warn(
            "成交通知书发出已超过 30 日。",
            RULE_SIGNING,
            "合同仍可签订，但甲方签署时要说明原因，原因进入存证记录。",
        )
