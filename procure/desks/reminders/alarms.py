"""Whoever runs the platform hears at once when the store of files fails, once a day for each fault,
and when a regular job goes on failing.

The person who met it reads why the step was not done; nobody else would look into the log.
"""

import logging
from collections.abc import Collection
from datetime import datetime

from flask import Flask, Response
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from procure.config import Config
from procure.desks.reminders.messages import Message
from procure.desks.reminders.staff import staff
from procure.desks.reminders.use_cases import put_messages
from procure.kernel.access import SYSTEM_ACTOR, Role
from procure.kernel.clock import Clock, local_date
from procure.kernel.errors import DomainError
from procure.registers.documents.events import StoreFaultFound
from procure.registers.documents.storage import StoreFault, file_store
from procure.store.base import db
from procure.store.db_errors import in_one_line
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import CLOCK

KIND = "store_fault"
STORE = "store"
JOB_FAILED = "job_failed"
CONFIG = "procure.config"

TITLES = {
    StoreFault.AWAY: "急：文件存放处不可用",
    StoreFault.FULL: "急：存放文件的磁盘已满",
    StoreFault.MISSING: "急：存放的文件读不到",
    StoreFault.DAMAGED: "急：存放的文件与校验码不符",
}
REMEDIES = {
    StoreFault.AWAY: "请检查 PROCURE_STORAGE_URL 指向的文件夹是否挂载、是不是本平台的（标记文件 .procure-store）。",
    StoreFault.FULL: "请腾出空间或扩大磁盘；在此之前不能上传文件，也不能提交投标和打印文书。",
    StoreFault.MISSING: "请从备份恢复这个文件。",
    StoreFault.DAMAGED: "请保留现状查明原因，并从备份恢复这个文件。",
}

log = logging.getLogger(__name__)


def tell_faults(app: Flask) -> None:
    """Have every request tell what it met."""

    @app.after_request
    def tell(response: Response) -> Response:
        faults = file_store().take_faults()
        if faults:
            _tell(app, faults)
        return response


def _tell(app: Flask, faults: Collection[tuple[StoreFault, str]]) -> None:
    clock: Clock = app.extensions[CLOCK]
    config: Config = app.extensions[CONFIG]
    try:
        with Session(db.engine) as session, UnitOfWork(session, SYSTEM_ACTOR, clock) as uow:
            record_faults(uow, faults, by_mail=bool(config.mail_url))
    except (SQLAlchemyError, DomainError) as problem:
        # Told with the next request that meets it; the log has it already.
        log.error("a fault of the file store could not be told: %s", in_one_line(problem))


def record_faults(
    uow: UnitOfWork, faults: Collection[tuple[StoreFault, str]], *, by_mail: bool
) -> None:
    """Write the faults into the trail and to the system administrators, unless they have heard of
    them today.
    """
    people = staff(uow.session)
    told = sorted(people.everywhere(Role.SYSTEM_ADMIN))
    for fault, digest in sorted(faults):
        words = f"{TITLES[fault].removeprefix('急：')}{f'，校验码 {digest}' if digest else ''}"
        messages = [
            Message(
                kind=KIND,
                subject_id=digest or STORE,
                occurrence=f"{local_date(uow.now):%Y%m%d}/{fault}",
                user_id=user_id,
                title=TITLES[fault],
                words=f"{words}。\n{REMEDIES[fault]}",
                path="/desk",
            )
            for user_id in told
        ]
        if put_messages(uow, messages, people, by_mail=by_mail):
            uow.emit(
                StoreFaultFound(subject_id=digest or STORE, fault=fault.value, fault_words=words)
            )


def tell_failing(
    uow: UnitOfWork, config: Config, job: str, planned_at: datetime, outcome: str
) -> None:
    """Tell the system administrators that a job goes on failing; once for each row of failures."""
    people = staff(uow.session)
    words = (
        f"定时任务 {job} 连续失败，平台会继续重试，恢复以后自动补做。\n原因：{outcome}\n"
        "请检查数据库、文件存放处、磁盘和邮件服务器；详细原因见定时任务进程的日志。"
    )
    messages = [
        Message(
            kind=JOB_FAILED,
            subject_id=job,
            occurrence=f"{planned_at:%Y%m%d%H%M%S}",
            user_id=user_id,
            title=f"急：定时任务 {job} 连续失败",
            words=words,
            path="/desk",
        )
        for user_id in sorted(people.everywhere(Role.SYSTEM_ADMIN))
    ]
    put_messages(uow, messages, people, by_mail=bool(config.mail_url))
