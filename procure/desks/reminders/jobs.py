"""The regular work itself, one function for each job of the wiring."""

from datetime import timedelta

from sqlalchemy import delete

from procure.desks.reminders.messages import letter_to, missing_messages
from procure.desks.reminders.registry import Bench
from procure.desks.reminders.reminder_thresholds import reminder_day
from procure.desks.reminders.staff import staff
from procure.desks.reminders.use_cases import put_messages
from procure.kernel.access import Role
from procure.kernel.clock import FixedClock, SystemClock
from procure.registers.accounts.use_cases.sign_in import forget_old_tries
from procure.registers.deadlines import use_cases
from procure.registers.documents.queries import due_orders
from procure.registers.documents.staging import purge_staged
from procure.registers.documents.storage import file_store
from procure.registers.documents.sweeping import Swept, sweep
from procure.registers.documents.use_cases import print_ordered
from procure.stages.bids.queries import kept_by_drafts
from procure.stages.payments.queries import accepted_contracts
from procure.stages.payments.use_cases.pay import complete_settled
from procure.store import trail
from procure.store.base import rows_changed, snapshot
from procure.store.drafts import purge_drafts
from procure.store.secrets import PlatformKey
from procure.store.unit_of_work import RequestKey

TRIES_KEPT = timedelta(days=190)
"""Sign-ins are kept at least six months (网络安全法 art 21)."""

KEYS_KEPT = timedelta(days=90)
"""How long a repeated request still gets its first answer."""

SHOWN_FAULTS = 5


def derive_reminders(bench: Bench) -> str:
    """Put into the inboxes what should be there by now."""
    found = missing_messages(bench.session, bench.clock.now())
    if not found:
        return "没有新的提醒"
    with bench.uow(technical=True) as uow:
        number = put_messages(uow, found, by_mail=bool(bench.config.mail_url))
    return f"新增提醒 {number} 条"


def print_papers(bench: Bench) -> str:
    """Print what was ordered and is not on file yet: the process was killed, the typesetter away.

    One that cannot be printed keeps no other from it. Raises what kept the first from being printed.
    """
    due = due_orders(bench.session)
    faults = []
    for order_id in due:
        if bench.stopping.is_set():
            break
        try:
            print_ordered(bench.session, FixedClock(bench.clock.now()), order_id)
        except Exception as fault:  # whatever it is, the next paper is another
            fault.add_note(f"paper {order_id}")
            faults.append(fault)
    if faults:
        raise faults[0]
    return f"印制文书 {len(due)} 份"


def settle_provisional(bench: Bench) -> str:
    """Make dates final whose year's holidays have been announced."""
    with bench.uow() as uow:
        number = use_cases.settle_all_provisional(uow)
    return f"确定暂定日期 {number} 个"


def complete_contracts(bench: Bench) -> str:
    """Complete contracts that are paid and accepted and were not completed by their last act."""
    number = 0
    for contract_id in accepted_contracts(bench.session):
        with bench.uow() as uow:
            number += complete_settled(uow, contract_id)
    return f"办结已付清并验收的合同 {number} 份"


def end_terms(bench: Bench) -> str:
    """End the periods that have run out, and what runs in closed cases."""
    with bench.uow() as uow:
        number = use_cases.end_terms(uow)
    return f"结束期限 {number} 个"


def check_trail(bench: Bench) -> str:
    """Recompute every chain and tell the audit administrators."""
    faults = trail.fsck(snapshot(bench.session))
    if faults:
        title = f"存证链核对发现 {len(faults)} 处不符，请立即查明"
        words = "\n".join(str(fault) for fault in faults[:SHOWN_FAULTS])
    else:
        title, words = "存证链核对完成，全部记录链完好", "所有记录链已重新计算，与登记的链头一致。"
    messages = letter_to(
        staff(bench.session).everywhere(Role.AUDIT_ADMIN),
        (title, words),
        kind="fsck",
        subject_id="trail",
        occurrence=f"{reminder_day(bench.clock.now()):%Y%m%d}",
        path="/audit/verify",
    )
    with bench.uow(technical=True) as uow:
        put_messages(uow, messages, by_mail=bool(bench.config.mail_url and faults))
    return title


def clean_up(bench: Bench) -> str:
    """Throw away uploads and drafts nobody came back for, old sign-ins, old request keys, and what
    processes that were killed have left in the store of files.
    """
    with bench.uow(technical=True) as uow:
        uploads = purge_staged(uow)
        drafts = purge_drafts(uow)
        tries = forget_old_tries(uow, uow.now - TRIES_KEPT)
        old = RequestKey.at < uow.now - KEYS_KEPT
        keys = rows_changed(uow.session, delete(RequestKey).where(old))
    swept = sweep_files(bench)
    return (
        f"清除未提交的上传 {uploads} 个、未提交的草稿 {drafts} 份、旧登录记录 {tries} 条、旧请求编号 {keys} 条；"
        f"清除没有写完的文件 {swept.unfinished + swept.waiting} 个，移开无主的文件 {swept.strays} 个"
    )


def sweep_files(bench: Bench) -> Swept:
    """Sweep the store; files are dated by the machine, whatever day the procedure has."""
    key = PlatformKey(bench.config.secret_dir)
    return sweep(
        bench.session,
        file_store(),
        SystemClock().now(),
        lambda digests: kept_by_drafts(bench.session, key, digests),
    )
