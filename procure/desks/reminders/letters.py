"""Letters that say more than the event does: to bidders, to whoever runs or guards the platform, to
the owner of an account. Written in the transaction in which the thing happens.

Whose turn an event makes it, and whom it goes against, stands in the table of `at_once`.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import Select, select

from procure.config import Config
from procure.desks.reminders.events import SupplierTold
from procure.desks.reminders.messages import PROVISIONAL, TITLE_LENGTH, Message
from procure.desks.reminders.staff import Staff, staff
from procure.desks.reminders.use_cases import put_messages
from procure.kernel.access import Permission, Role, roles_with
from procure.kernel.clock import local_date
from procure.kernel.day_words import date_words, instant_words
from procure.kernel.deadline_lines import DeadlineLine
from procure.kernel.lifecycle import BidState
from procure.kernel.methods import words_of
from procure.kernel.money import Money
from procure.kernel.phrases import points_in_words, spoken
from procure.kernel.text import shortened
from procure.registers.accounts.events import AccountEvent, SignInsMassed
from procure.registers.accounts.models import Organisation
from procure.registers.deadlines.queries import find_term, term_line
from procure.registers.projects.models import Project
from procure.stages.awards import policies as awards
from procure.stages.awards.events import ResultAnnounced
from procure.stages.awards.models import Review
from procure.stages.awards.pages import challenge_line
from procure.stages.awards.papers import award_word
from procure.stages.awards.queries import OwnResult, own_results
from procure.stages.awards.use_cases.decision import SIGNING_TERM
from procure.stages.bids.events import LOSS, BidShutOut, OpeningRefused, TenderFailed
from procure.stages.bids.models import Bid
from procure.stages.bids.policies import failure_rule
from procure.stages.tenders.events import TenderTerminated
from procure.stages.tenders.models import DocumentTaker, Tender
from procure.stages.tenders.policies import termination_rule
from procure.store.unit_of_work import UnitOfWork

CONFIG = "procure.config"
OPENING_REFUSED = "opening_refused"
BID_LOST = "bid_lost"
MOST_DIGESTS = 20
TERMINATED, FAILED, AWARDED, NOT_AWARDED = "terminated", "failed", "awarded", "not_awarded"
SIGN_INS_MASSED = "sign_ins_massed"
AGAIN = "采购人可以重新采购；重新采购的另行公告，要重新领取采购文件、重新参加。"
CANCELLED = "采购任务已经取消，这个项目不再采购。"


@dataclass(frozen=True)
class Letter:
    """What one supplier is told; the page is where they read on."""

    kind: str
    title: str
    words: str
    path: str


def on_tender_terminated(uow: UnitOfWork, happened: TenderTerminated) -> None:
    """Tell all who took the document, bidders or not, why it ended (O87 art 29)."""
    takers = select(DocumentTaker).where(DocumentTaker.tender_id == happened.subject_id)
    _tell(uow, TERMINATED, happened, takers, CANCELLED if happened.cancelled else AGAIN)


def on_tender_failed(uow: UnitOfWork, happened: TenderFailed) -> None:
    """Tell all who bid why nobody can win, at the opening or in the review (GPL art 36)."""
    bidders = select(Bid.supplier_id).where(
        Bid.tender_id == happened.subject_id,
        Bid.state.in_((BidState.SUBMITTED, BidState.OPENED)),
    )
    takers = select(DocumentTaker).where(
        DocumentTaker.tender_id == happened.subject_id, DocumentTaker.supplier_id.in_(bidders)
    )
    _tell(uow, FAILED, happened, takers, AGAIN)


def on_result_announced(uow: UnitOfWork, happened: ResultAnnounced) -> None:
    """Tell each bidder what became of its own bid, and of the others only what the notice says.

    Who did not win reads their own score and rank, or why their bid was refused (O87 art 69); the
    winner reads until when they have to sign (GPL art 46).
    """
    review = uow.session.get_one(Review, happened.subject_id)
    results = own_results(uow.session, review)
    tender = uow.session.get_one(Tender, happened.tender_id)
    project = uow.session.get_one(Project, happened.project)
    buyer = uow.session.get_one(Organisation, project.buyer_id)
    takers = select(DocumentTaker).where(
        DocumentTaker.tender_id == tender.id, DocumentTaker.supplier_id.in_(results)
    )
    letters = []
    for taker in uow.session.scalars(takers.order_by(DocumentTaker.id)):
        result = results[taker.supplier_id]
        if result.is_winner:
            kind, title = AWARDED, f"贵单位已{award_word(tender)}：{project.title}"
            term = find_term(uow.session, review.id, SIGNING_TERM)
            assert term is not None
            body = _award_words(happened, result, tender, term_line(term, uow.now))
        else:
            kind, title = NOT_AWARDED, f"{award_word(tender)}结果：{project.title}"
            body = _loss_words(happened, result, tender, uow.now)
        words = [f"项目：{project.title}（{project.number}）", *body, *_contact(buyer)]
        path = f"/projects/{project.number}/bid/result"
        letters.append((taker, Letter(kind, title, "\n".join(words), path)))
    _send(uow, happened, tender.id, letters)


def on_opening_refused(uow: UnitOfWork, happened: OpeningRefused) -> None:
    """Raise the alarm: whoever runs the platform restores the files; where they are damaged or
    missing, the buyer's approvers hear that it may fall to them.

    The same finding is told once a day, as it is recorded.
    """
    project = uow.session.get_one(Project, happened.project)
    people = staff(uow.session)
    told = people.everywhere(Role.SYSTEM_ADMIN)
    if happened.damaged or happened.missing:
        told |= people.holders(project.buyer_id, roles_with(Permission.DAMAGE_CONFIRM))
    digests = [*happened.away, *(one["sha256"] for one in happened.damaged)]
    words = [
        f"项目：{project.title}（{project.number}）",
        f"{happened.label}：{happened.words_of(happened.body())}。",
        "请检查文件存放处是否挂载、是否可读，需要时从备份恢复下列文件，恢复以后由采购人再次开标。",
        *digests[:MOST_DIGESTS],
        *([f"另有 {len(digests) - MOST_DIGESTS} 份。"] if len(digests) > MOST_DIGESTS else []),
    ]
    finding = hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()[:16]
    messages = [
        Message(
            kind=OPENING_REFUSED,
            subject_id=happened.subject_id,
            occurrence=f"{local_date(uow.now):%Y%m%d}/{finding}",
            user_id=user_id,
            title=shortened(f"急：开标没有进行：{project.title}", TITLE_LENGTH),
            words="\n".join(words),
            path="/desk",
            project_id=happened.project,
        )
        for user_id in sorted(told)
    ]
    config: Config = current_app.extensions[CONFIG]
    put_messages(uow, messages, people, by_mail=bool(config.mail_url))


def on_bid_lost(uow: UnitOfWork, happened: BidShutOut) -> None:
    """Tell a bidder whose envelope the platform lost, at the opening of the others."""
    if happened.act != LOSS:
        return
    bid = uow.session.get_one(Bid, happened.subject_id)
    tender = uow.session.get_one(Tender, happened.tender_id)
    project = uow.session.get_one(Project, tender.project_id)
    buyer = uow.session.get_one(Organisation, project.buyer_id)
    said = words_of(tender.method)
    words = [
        f"项目：{project.title}（{project.number}）",
        f"您的{said.bid_file}于 {instant_words(happened.received_at)} 送达平台并出具了回执，"
        f"{said.opening}前平台丢失了密封件，没有能够拆封。这是平台的原因，与您无关。",
        f"有平台签名的说明在本页面，编号 {spoken(happened.note_id)}；可以依法提出质疑。",
        *_contact(buyer),
    ]
    people = staff(uow.session)
    messages = [
        Message(
            kind=BID_LOST,
            subject_id=tender.id,
            occurrence=happened.note_id,
            user_id=user_id,
            title=shortened(f"平台丢失了您的密封件：{project.title}", TITLE_LENGTH),
            words="\n".join(words),
            path=f"/projects/{project.number}/bid",
            project_id=project.id,
        )
        for user_id in sorted(people.holders(bid.supplier_id, roles_with(Permission.BID_DRAFT)))
    ]
    put(uow, messages, people)


def on_sign_ins_massed(uow: UnitOfWork, happened: SignInsMassed) -> None:
    """Tell those who guard the platform that somebody guesses passwords, once for each mass."""
    words = (
        f"{SignInsMassed.words_of(happened.body())}。\n"
        "猜测已被限速：同一账号、同一网络失败太多的，须等待，或者同时填写密码和动态口令。\n"
        "平台没有因此停止任何人登录。请在安全日志里核对来源；账号可能被盗的，请联系本人，"
        "需要时结束其登录并重置密码。"
    )
    people = staff(uow.session)
    pages = {Role.SECURITY_ADMIN: "/admin/grants", Role.AUDIT_ADMIN: "/admin/log"}
    messages = [
        Message(
            kind=SIGN_INS_MASSED,
            subject_id=happened.subject_id,
            occurrence=uow.now.isoformat(timespec="seconds"),
            user_id=user_id,
            title=f"{happened.label}：{happened.person or '多个用户名'}",
            words=words,
            path=path,
        )
        for office, path in pages.items()
        for user_id in sorted(people.everywhere(office))
    ]
    put(uow, messages, people)


def on_credentials_changed(uow: UnitOfWork, happened: AccountEvent) -> None:
    """Tell a person that how they sign in was changed: whoever did it may not have been they."""
    words = (
        f"{instant_words(uow.now)} {happened.label}：{happened.words_of(happened.body())}。\n"
        "您在其他设备上的登录已全部退出。不是您本人办理、也没有请人办理的，"
        "请立即联系本平台系统管理员和安全管理员。"
    )
    message = Message(
        kind=happened.name,
        subject_id=happened.subject_id,
        occurrence=uow.now.isoformat(timespec="microseconds"),
        user_id=happened.subject_id,
        title=f"您的账号：{happened.label}",
        words=words,
        path="/account",
    )
    put(uow, [message], staff(uow.session))


def put(uow: UnitOfWork, messages: list[Message], people: Staff) -> None:
    """Put messages into inboxes, with their copies by mail where mail is set up."""
    config: Config = current_app.extensions[CONFIG]
    put_messages(uow, messages, people, by_mail=bool(config.mail_url))


def _award_words(
    happened: ResultAnnounced, result: OwnResult, tender: Tender, signing: DeadlineLine
) -> Iterator[str]:
    word = award_word(tender)
    yield f"贵单位已经{word}，{word}金额 {Money(happened.amount_fen).format()}。"
    yield from _own_points(result)
    yield f"{word}通知书在项目页面的文件里。"
    yield f"依据：{awards.RULE_RESULT}，结果公告 {happened.notice}。"
    yield f"请与采购人签订合同，最迟应于 {date_words(signing.on)} 签订（{signing.rule}）。"
    if signing.basis_words:
        yield f"怎样算出：{signing.basis_words.rstrip('。')}。"
    if signing.provisional:
        yield PROVISIONAL


def _loss_words(
    happened: ResultAnnounced, result: OwnResult, tender: Tender, now: datetime
) -> Iterator[str]:
    word = award_word(tender)
    amount = Money(happened.amount_fen).format()
    yield f"结果已经公告，贵单位没有{word}。{word}供应商：{happened.supplier_name}，金额 {amount}。"
    if result.rank is None:
        yield f"贵单位的{words_of(tender.method).bid_file}没有通过审查，原因：{result.reason.rstrip('。')}。"
    yield from _own_points(result)
    notice, rule = f"结果公告 {happened.notice}", awards.loser_rule(tender)
    yield f"依据：{rule}，{notice}。" if rule else f"{notice}。"
    if happened.notice_until is not None:
        line = challenge_line(happened.notice_until, now)
        yield (
            "认为结果使贵单位的权益受到损害的，可以书面向采购人提出质疑，"
            f"最迟应于 {date_words(line.on)} 提出（{awards.RULE_CHALLENGE}）。"
        )
        if line.basis_words:
            yield f"怎样算出：{line.basis_words.rstrip('。')}。"
        if line.provisional:
            yield PROVISIONAL


def _own_points(result: OwnResult) -> Iterator[str]:
    if result.rank is not None and result.total_points is not None:
        points = points_in_words(result.total_points)
        yield f"贵单位的评审得分 {points} 分，排名第 {result.rank}。"


def _contact(buyer: Organisation) -> Iterator[str]:
    if buyer.phone:
        yield f"有疑问的，请联系采购人：{buyer.phone}。"


def _tell(
    uow: UnitOfWork,
    kind: str,
    happened: TenderTerminated | TenderFailed,
    takers: Select[DocumentTaker],
    ending: str,
) -> None:
    """Write the same to all these suppliers; who the others are stays unsaid."""
    tender = uow.session.get_one(Tender, happened.subject_id)
    project = uow.session.get_one(Project, happened.project)
    buyer = uow.session.get_one(Organisation, project.buyer_id)
    ended = "采购活动已终止" if kind == TERMINATED else f"采购活动{words_of(tender.method).failed}"
    words = "\n".join(_words(kind, happened, tender, project, buyer, ending))
    letter = Letter(kind, f"{ended}：{project.title}", words, f"/notices/{happened.notice}")
    found = uow.session.scalars(takers.order_by(DocumentTaker.id)).all()
    _send(uow, happened, tender.id, [(taker, letter) for taker in found])


def _send(
    uow: UnitOfWork,
    happened: TenderTerminated | TenderFailed | ResultAnnounced,
    tender_id: str,
    letters: Iterable[tuple[DocumentTaker, Letter]],
) -> None:
    """Write to the people of these suppliers who prepare bids.

    That each was told, and how, is proved in the chain of its own taking.
    """
    people, roles = staff(uow.session), roles_with(Permission.BID_DRAFT)
    messages: list[Message] = []
    for taker, letter in letters:
        own = [
            Message(
                kind=letter.kind,
                subject_id=tender_id,
                occurrence="once",
                user_id=user_id,
                title=shortened(letter.title, TITLE_LENGTH),
                words=letter.words,
                path=letter.path,
                project_id=happened.project,
            )
            for user_id in sorted(people.holders(taker.supplier_id, roles))
        ]
        messages += own
        supplier = uow.session.get_one(Organisation, taker.supplier_id)
        uow.emit(
            SupplierTold(
                subject_id=taker.id,
                tender_id=tender_id,
                supplier_name=supplier.name,
                notice=happened.notice,
                words=letter.words,
                messages=tuple(message.id for message in own),
            )
        )
    put(uow, messages, people)


def _words(
    kind: str,
    happened: TenderTerminated | TenderFailed,
    tender: Tender,
    project: Project,
    buyer: Organisation,
    ending: str,
) -> Iterator[str]:
    yield f"项目：{project.title}（{project.number}）"
    if kind == TERMINATED:
        yield f"贵单位领取过采购文件的这个项目，{buyer.name}已经终止采购活动。"
    else:
        yield f"贵单位参加的这个项目{words_of(tender.method).failed}，没有供应商{words_of(tender.method).win}。"
    yield f"理由：{happened.reason}"
    if kind == TERMINATED:
        rule, notice = termination_rule(tender), f"终止公告 {happened.notice}"
    else:
        rule, notice = (
            failure_rule(tender),
            f"{words_of(tender.method).failure_notice} {happened.notice}",
        )
    yield f"依据：{rule}，{notice}。" if rule else f"依据：{notice}。"
    if tender.opened_at is None:
        yield f"已经提交的{words_of(tender.method).bid_file}没有拆封，保持加密。"
    yield ending
    yield from _contact(buyer)
