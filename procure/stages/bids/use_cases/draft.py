"""Drafting a bid: begun once, saved section by section, always encrypted."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from procure.kernel.commands import Command
from procure.kernel.errors import REOPEN, Invalid, NotFound
from procure.kernel.lifecycle import advance
from procure.kernel.money import Money
from procure.kernel.uploads import distinct_name
from procure.kernel.vocabulary import InstitutionClass
from procure.registers.documents.models import StagedFile
from procure.registers.documents.staging import drop_staged, find_waiting
from procure.registers.documents.storage import file_store
from procure.registers.projects.models import Project
from procure.registers.projects.queries import get_project_by_id
from procure.stages.bids import policies, queries
from procure.stages.bids.check import (
    MOST_HOURS,
    OFFER,
    PROPOSAL,
    STATEMENT,
    TEAM,
    BidSection,
    fixed_price,
    may_claim_deduction,
)
from procure.stages.bids.content import STATEMENTS, BidContent, Draft, DraftFile, unwrap, wrap
from procure.stages.bids.events import BidDrafted, BidEdited, stream_of
from procure.stages.bids.models import Bid
from procure.stages.tenders.models import Tender
from procure.stages.tenders.queries import criteria_of
from procure.store.holding import hold, hold_below
from procure.store.secrets import PlatformKey
from procure.store.sections import open_section, save_section
from procure.store.unit_of_work import UnitOfWork, explain_constraint

MOST_FILES = 12
MOST_BYTES = 60_000_000
"""Size of all attachments together: an envelope is sealed and opened in memory."""

explain_constraint(
    "uq_bid_tender_id_lot_id_supplier_id",
    "tender",
    "本单位已经开始编制这个项目的文件。",
)


class SaveOffer(Command):
    """Price in fen (ignored where it is fixed), promised hours, the price deduction claimed."""

    bid_id: str
    version: int | None
    price_fen: int | None
    hours: int | None = None
    claims_deduction: bool = False


class SaveProposal(Command):
    """The proposal as a whole and an answer to each factor in their order."""

    bid_id: str
    version: int | None
    proposal: str
    answers: tuple[str, ...]


class SaveStatements(Command):
    """Which of the six statements are made; the class of an institution, empty for others."""

    bid_id: str
    version: int | None
    statements: tuple[bool, ...]
    institution_class: str = ""


class SaveTeam(Command):
    """Who leads the project, files that stay (by the digest of their kept copy), new uploads."""

    bid_id: str
    version: int | None
    project_manager: str
    manager_experience: str
    keep: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()


def start_bid(uow: UnitOfWork, tender_id: str, key: PlatformKey) -> Bid:
    """Begin the own organisation's bid, or give back the one that was begun before."""
    tender, project = announced(uow, tender_id, hold_below)
    bidder = queries.bidder_of(uow.session, uow.actor, project, tender)
    policies.may_start_bid(uow.actor, tender, bidder, uow.now).require()
    known = queries.find_own_bid(uow.session, uow.actor, tender.id)
    if known is not None:
        return known
    content = BidContent(price_fen=fixed_price(tender))
    blob = wrap(Draft(content), key)
    bid = Bid(
        tender_id=tender.id,
        lot_id=queries.first_lot(uow.session, project.id).id,
        supplier_id=uow.actor.organisation_id,
        state=advance("save_bid", None),
        draft=blob,
        drafted_at=uow.now,
    )
    uow.session.add(bid)
    uow.emit(BidDrafted.of(bid, draft_sha256=digest(blob)))
    return bid


def save_offer(uow: UnitOfWork, command: SaveOffer, key: PlatformKey) -> Bid:
    """Save price and promise. Raises Invalid for a figure that would make the bid invalid."""
    bid, tender, bidder = own_draft(uow, OFFER, command.bid_id, command.version)
    fixed = fixed_price(tender)
    price = command.price_fen if fixed is None else fixed
    if price is not None and not 0 < price <= tender.ceiling_fen:
        raise Invalid(
            "price",
            f"报价应大于零，且不超过最高限价 {Money(tender.ceiling_fen).format()}，否则投标无效。",
            policies.limit_rule(tender),
            "请核对报价。",
        )
    if command.hours is not None and not 0 < command.hours <= MOST_HOURS:
        raise Invalid("hours", "承诺的服务工时应是大于零的整数。", remedy="请核对后重新填写。")
    if command.claims_deduction:
        may = may_claim_deduction(tender, bidder.credit_code)
        if not may.ok:
            raise Invalid("claims_deduction", may.reason, may.rule, may.remedy)
    return _save(
        uow,
        bid,
        OFFER,
        key,
        lambda content: replace(
            content,
            price_fen=price,
            hours=command.hours,
            claims_deduction=bool(command.claims_deduction),
        ),
    )


def save_proposal(uow: UnitOfWork, command: SaveProposal, key: PlatformKey) -> Bid:
    """Save the proposal. Raises Invalid when the answers are not one for each factor."""
    bid, tender, _ = own_draft(uow, PROPOSAL, command.bid_id, command.version)
    if len(command.answers) != len(criteria_of(uow.session, tender.id)):
        raise Invalid("answers", "每个评分因素对应一段响应内容。", remedy=f"{REOPEN}，重新填写。")
    return _save(
        uow,
        bid,
        PROPOSAL,
        key,
        lambda content: replace(content, proposal=command.proposal, answers=command.answers),
    )


def save_statements(uow: UnitOfWork, command: SaveStatements, key: PlatformKey) -> Bid:
    """Save which statements are made, and what an institution is classed as.

    Raises Invalid when the statements are not one answer for each of the six.
    """
    bid, _, bidder = own_draft(uow, STATEMENT, command.bid_id, command.version)
    if len(command.statements) != len(STATEMENTS):
        raise Invalid("statements", "六项声明要逐项回答。", remedy=f"{REOPEN}，重新填写。")
    asked = policies.is_institution(bidder.credit_code)
    kind = InstitutionClass(command.institution_class) if command.institution_class else ""
    return _save(
        uow,
        bid,
        STATEMENT,
        key,
        lambda content: replace(
            content,
            statements=command.statements,
            institution_class=str(kind) if asked else "",
        ),
    )


def save_team(uow: UnitOfWork, command: SaveTeam, key: PlatformKey) -> Bid:
    """Save project manager and attachments; new uploads are encrypted and leave the staging."""
    bid, _, _ = own_draft(uow, TEAM, command.bid_id, command.version)
    draft = unwrap(bid.draft, key)
    kept = tuple(file for file in draft.present.files if file.kept in command.keep)
    files = kept
    for token in command.tokens:
        files = (*files, _take(uow, token, key, [file.name for file in files]))
    _check_files(files)
    _forget(uow, draft, {file.kept for file in files})
    return _save(
        uow,
        bid,
        TEAM,
        key,
        lambda content: replace(
            content,
            project_manager=command.project_manager.strip(),
            manager_experience=command.manager_experience,
            files=files,
        ),
    )


def announced(
    uow: UnitOfWork, tender_id: str, holding: Callable[..., Tender] = hold
) -> tuple[Tender, Project]:
    """A tender, held, with its project as far as the actor may know of them; NotFound otherwise.

    `holding` is `hold_below` for who only adds below it.
    """
    tender = holding(uow.session, Tender, tender_id)
    project = get_project_by_id(uow.session, uow.actor, tender.project_id)
    if queries.find_tender(uow.session, project.id) is not tender:
        raise NotFound
    return tender, project


def own_draft(
    uow: UnitOfWork, section: BidSection, bid_id: str, version: int | None
) -> tuple[Bid, Tender, policies.Bidder]:
    """The own bid for editing; refusals by the policy, Stale when the section changed meanwhile."""
    known = queries.get_own_bid(uow.session, uow.actor, bid_id)
    tender, project = announced(uow, known.tender_id, hold_below)
    # As who hands in: the bid's chain first, its row second.
    uow.head_of(stream_of(bid_id))
    bid = hold(uow.session, Bid, bid_id)
    bidder = queries.bidder_of(uow.session, uow.actor, project, tender)
    policies.may_edit_bid(uow.actor, bid, tender, bidder, uow.now).require()
    open_section(uow, bid, section.key, version)
    return bid, tender, bidder


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _save(
    uow: UnitOfWork,
    bid: Bid,
    section: BidSection,
    key: PlatformKey,
    change: Callable[[BidContent], BidContent],
) -> Bid:
    draft = unwrap(bid.draft, key)
    bid.draft = wrap(replace(draft, present=change(draft.present)), key)
    bid.state = advance("edit_bid", bid.state)
    bid.drafted_at = uow.now
    save_section(uow, bid)
    uow.emit(BidEdited(subject_id=bid.id, section=section.title, draft_sha256=digest(bid.draft)))
    return bid


def _take(uow: UnitOfWork, token: str, key: PlatformKey, names: Sequence[str]) -> DraftFile:
    """A waiting upload as an attachment; a second 合同.pdf is kept under a name that tells them apart."""
    store = file_store()
    waiting = find_waiting(uow.session, store, token, uow.actor.user_id)
    if waiting is None:
        raise Invalid(
            "files", "上传的文件已经不在暂存区。", remedy="请重新选择这个文件，再保存一次。"
        )
    content = waiting.open().read()
    kept = store.put(key.wrap(content))
    drop_staged(uow, uow.session.get_one(StagedFile, token))
    name = distinct_name(waiting.filename, names)
    return DraftFile(
        name, waiting.media_type, len(content), digest(content), kept, waiting.reception
    )


def _check_files(files: Sequence[DraftFile]) -> None:
    if len(files) > MOST_FILES:
        raise Invalid("files", f"附件最多 {MOST_FILES} 个。", remedy="请合并或移除一些附件。")
    if sum(file.size for file in files) > MOST_BYTES:
        raise Invalid(
            "files",
            f"全部附件合计超过 {MOST_BYTES // 1_000_000} MB。",
            remedy="请压缩扫描件后重新上传。",
        )


def _forget(uow: UnitOfWork, draft: Draft, kept: set[str]) -> None:
    """Remove, after the commit, the copies of attachments that neither draft nor envelope names."""
    sealed = draft.sealed.files if draft.sealed else ()
    still = kept | {file.kept for file in sealed}
    for file in draft.present.files:
        if file.kept not in still:
            uow.after_commit(partial(file_store().forget, file.kept))
