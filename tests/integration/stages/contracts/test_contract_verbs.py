"""The verbs of contracts: done, refused by person, state, version and time."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pymupdf
import pytest
from sqlalchemy import inspect, select

from procure.kernel.access import Role
from procure.kernel.clock import local_date
from procure.kernel.errors import (
    Conflict,
    Denied,
    DomainError,
    IllegalTransition,
    Invalid,
    Stale,
)
from procure.kernel.lifecycle import ContractState, Stage
from procure.kernel.money import Money, capitals
from procure.kernel.vocabulary import NoticeKind, Period
from procure.registers.accounts.models import Organisation
from procure.registers.deadlines.models import TermStatus
from procure.registers.deadlines.queries import find_term
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.documents.storage import file_store
from procure.registers.funds.models import AccountKind
from procure.registers.funds.queries import balances, standing_on
from procure.registers.notices.models import Notice
from procure.render.documents import digest_of_data
from procure.stages.acceptance.forms import MemberRow
from procure.stages.awards.models import RankedBid
from procure.stages.bids.models import BidVersion, OpenedBid
from procure.stages.contracts import drafting, queries
from procure.stages.contracts.drafting import MilestonePlan
from procure.stages.contracts.models import Contract
from procure.stages.contracts.pages import head_facts
from procure.stages.contracts.use_cases.fill import (
    UNIT_LENGTH,
    SaveMilestones,
    SaveOther,
    SaveTargets,
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
)
from procure.stages.contracts.use_cases.sign import (
    SignContract,
    sign_contract_buyer,
    sign_contract_supplier,
)
from procure.stages.delivery.models import Milestone
from procure.stages.tenders.models import Tender
from procure.store import trail
from procure.store.unit_of_work import UnitOfWork
from tests.factories.contracts import (
    APPROVER,
    CLERK,
    MEMBER,
    POSTS,
    ROLL,
    SIGNATORY,
    URGENT,
    contract_of,
    contract_parts,
    counts_of,
    given_filed_contract,
    given_filled_contract,
    given_issued_contract,
    given_published_contract,
    given_signed_contract,
    given_supplier_signed_contract,
    signing,
    usual_parties,
    usual_term,
)
from tests.factories.pages import typed
from tests.paper_readers import mupdf_text
from tests.world import World

Verb = Callable[[UnitOfWork, Any], object]


@pytest.fixture
def embedded(embedded_drafted_world: World) -> World:
    """A contract just drafted, on SQLite alone."""
    return embedded_drafted_world


@pytest.fixture
def issued(embedded_issued_world: World) -> World:
    """A contract sent for signature, on SQLite alone."""
    return embedded_issued_world


def attempt(world: World, username: str, verb: Verb, command: object) -> None:
    """Take one step as that person."""
    with world.uow(username) as uow:
        verb(uow, command)


def events_of(world: World, name: str) -> list[dict[str, Any]]:
    """The data of all events of a name in the trail of the contract's project."""
    links = queries.trail.links_of_project(world.session, contract_of(world).project_id)
    return [link.data for link in links if link.event == name]


def sign_past_every_policy(world: World, contract_id: str, user_id: str) -> None:
    """Write a buyer's signature straight into the row, as a faulty program would."""
    with UnitOfWork(world.session, world.actor(APPROVER), world.clock, technical=True) as uow:
        row = uow.session.get_one(Contract, contract_id)
        row.buyer_signed_by, row.buyer_signed_at = user_id, world.now


# --- drafting ------------------------------------------------------------------------------------


def test_draft_from_award_takes_the_quoted_price_never_the_evaluated_one(
    embedded: World,
) -> None:
    contract = contract_of(embedded)
    opened = embedded.session.get_one(OpenedBid, contract.bid_id)
    ranked = embedded.session.scalars(
        select(RankedBid).where(RankedBid.bid_id == contract.bid_id)
    ).one()

    assert contract.amount_fen == opened.price_fen
    assert ranked.evaluated_price_fen > 0
    assert contract.state is ContractState.DRAFT
    assert contract.supplier_id == opened.supplier_id
    assert contract.number == f"{contract.project.number}-HT01"
    assert contract.payee_account == contract.supplier.bank_account


def test_draft_from_award_splits_price_by_instalment_and_by_level(drafted_world: World) -> None:
    parts = contract_parts(drafted_world)

    assert sum(row.amount_fen for row in parts.instalments) == parts.contract.amount_fen
    assert sum(row.percent for row in parts.instalments) == 10_000
    assert sum(row.amount_fen for row in parts.shares) == parts.contract.amount_fen
    assert len(parts.targets) > 0
    assert drafted_world.session.get_one(type(parts.contract), parts.contract.id).saved == []


def test_draft_from_award_tells_the_trail_every_figure(embedded: World) -> None:
    (drafted,) = events_of(embedded, "ContractDrafted")

    amount = contract_of(embedded).amount_fen
    assert drafted["amount_fen"] == amount
    assert sum(drafted["instalments_fen"]) == amount
    assert sum(row["amount_fen"] for row in drafted["shares"]) == amount


# --- filling in ----------------------------------------------------------------------------------


def test_save_term_counts_targets_over_the_term_and_proposes_milestones(
    drafted_world: World,
) -> None:
    day = local_date(drafted_world.now) + timedelta(days=7)

    attempt(drafted_world, CLERK, save_term, usual_term(contract_of(drafted_world), day))

    parts = contract_parts(drafted_world)
    monthly = next(row for row in parts.targets if row.period is Period.MONTH)
    assert monthly.total == monthly.at_least * 12
    assert parts.contract.ends_on == drafting.last_day(day, 12)
    assert [row.title for row in parts.milestones][2] == "中期自评报告"
    assert parts.contract.saved == ["term"]


def test_milestones_name_parties_as_long_as_an_organisation_may_be(drafted_world: World) -> None:
    """What was filled in for the office could not be saved: eighty characters, and names have 100."""
    contract = contract_of(drafted_world)
    contract.supplier.name, contract.buyer.name = "乙" * 100, "甲" * 100
    drafted_world.session.commit()
    day = local_date(drafted_world.now) + timedelta(days=7)
    attempt(drafted_world, CLERK, save_term, usual_term(contract_of(drafted_world), day))

    client = drafted_world.client(CLERK)
    address = f"/projects/{contract_of(drafted_world).project.number}/contract/milestones"
    page = client.get(address)
    client.post(address, typed(page), page=page)

    assert {row.lead_unit for row in contract_parts(drafted_world).milestones} == {"乙" * 100}
    assert "milestones" in contract_parts(drafted_world).contract.saved
    engine = drafted_world.session.get_bind()
    if engine.dialect.name == "postgresql":
        columns = inspect(engine)
        for table, column in (
            *product(("contract_milestone", "milestone"), ("lead_unit", "assisting_unit")),
            ("acceptance_member", "unit"),
        ):
            kinds = {one["name"]: one["type"] for one in columns.get_columns(table)}
            assert kinds[column].length == MemberRow.unit.kwargs["maximum"] == UNIT_LENGTH


def test_save_targets_multiplies_by_stations_and_changes_nothing_else(
    embedded: World,
) -> None:
    given_filled_contract(embedded)

    for row in contract_parts(embedded).targets:
        periods = drafting.periods_in(
            row.period,
            contract_of(embedded).starts_on,  # type: ignore[arg-type]
            contract_of(embedded).ends_on,  # type: ignore[arg-type]
        )
        assert row.total == row.at_least * row.each_count * periods


def test_save_targets_without_number_of_stations_is_refused(embedded: World) -> None:
    contract = contract_of(embedded)

    with pytest.raises(Invalid, match="要写明数量"):
        attempt(
            embedded,
            CLERK,
            save_targets,
            SaveTargets(contract.id, contract.version, {}, POSTS),
        )


def test_save_term_longer_than_announced_is_refused_with_the_last_day(
    embedded: World,
) -> None:
    contract = contract_of(embedded)
    day = local_date(embedded.now)
    command = usual_term(contract, day)
    longer = type(command)(**{**command.__dict__, "ends_on": command.ends_on + timedelta(days=1)})

    with pytest.raises(Invalid) as refused:
        attempt(embedded, CLERK, save_term, longer)

    assert refused.value.field == "ends_on"
    assert refused.value.rule == "《政府采购法》第四十六条"


def test_save_milestones_outside_the_term_names_the_row(embedded: World) -> None:
    contract = given_filled_contract(embedded)
    assert contract.ends_on is not None
    rows = [
        MilestonePlan("启动", contract.ends_on, "乙方", ""),
        MilestonePlan("移交", contract.ends_on + timedelta(days=1), "乙方", ""),
    ]

    with pytest.raises(Invalid) as refused:
        attempt(
            embedded,
            CLERK,
            save_milestones,
            SaveMilestones(contract.id, contract.version, rows),
        )

    assert refused.value.field == "rows-1-due_on"


def test_save_parties_by_another_office_is_denied(embedded: World) -> None:
    command = usual_parties(contract_of(embedded))

    for username in (APPROVER, MEMBER, SIGNATORY, "jiedao", "shenji"):
        with pytest.raises(Denied):
            attempt(embedded, username, save_parties, command)


def test_save_parties_on_an_old_page_is_stale(embedded: World) -> None:
    command = usual_parties(contract_of(embedded))
    attempt(embedded, CLERK, save_parties, command)

    with pytest.raises(Stale):
        attempt(embedded, CLERK, save_parties, command)


# --- issuing -------------------------------------------------------------------------------------


def test_issue_with_sections_missing_is_refused(embedded: World) -> None:
    contract = contract_of(embedded)

    with pytest.raises(Denied, match="处不符合规定或没有填写"):
        attempt(embedded, CLERK, issue_contract, IssueContract(contract.id, contract.version, True))


def test_issue_files_the_printed_text_for_both_parties(issued: World) -> None:
    contract = given_issued_contract(issued)

    document = issued.session.get_one(Document, contract.document_id)
    assert document.kind is DocumentKind.CONTRACT
    assert document.audience is DocumentAudience.PARTIES
    assert document.template == "home-care@3"
    assert document.snapshot is not None
    assert document.snapshot["amount_fen"] == contract.amount_fen
    (issued,) = events_of(issued, "ContractIssued")
    assert issued["snapshot_sha256"] == digest_of_data(document.snapshot)
    assert contract.state is ContractState.ISSUED


def test_account_is_the_registers_and_follows_it_until_the_text_is_printed(embedded: World) -> None:
    contract = given_filled_contract(embedded)
    supplier = embedded.session.get_one(Organisation, contract.supplier_id)
    supplier.bank_account = "6200000000000000099"
    embedded.session.commit()

    attempt(embedded, CLERK, issue_contract, IssueContract(contract.id, contract.version, True))

    (issued,) = events_of(embedded, "ContractIssued")
    assert issued["payee_account"] == "6200000000000000099"


def test_contract_with_a_supplier_without_registered_account_is_not_printed(
    embedded: World,
) -> None:
    contract = given_filled_contract(embedded)
    supplier = embedded.session.get_one(Organisation, contract.supplier_id)
    supplier.bank_account = ""
    embedded.session.commit()

    with pytest.raises(Denied, match="1 处"):
        attempt(embedded, CLERK, issue_contract, IssueContract(contract.id, contract.version, True))


def test_numbers_follow_the_document_and_others_tell_their_source(embedded: World) -> None:
    """The title says 两站; of the people nothing is said (政府采购法 art 46)."""
    contract = given_filled_contract(embedded)
    counts = counts_of(contract_parts(embedded))
    station = next(each for each in counts if "站" in each)
    people = next(each for each in counts if "老" in each)

    def save(source: str, **changes: int) -> None:
        told = SaveTargets(contract.id, contract_of(embedded).version, changes, POSTS, source)
        attempt(embedded, CLERK, save_targets, told)

    with pytest.raises(Invalid, match="两站") as refused:
        save(ROLL, **{**counts, station: 1})
    assert refused.value.field == f"count_{list(counts).index(station)}"
    with pytest.raises(Invalid) as refused:
        save(" ", **{**counts, people: 120})
    assert refused.value.field == "source"
    save(ROLL, **{**counts, people: 120})
    saved = contract_of(embedded)
    assert saved.counts_source == ROLL
    with pytest.raises(Invalid, match="需要您确认") as asked:
        attempt(embedded, CLERK, issue_contract, IssueContract(saved.id, saved.version))
    assert ROLL in (asked.value.remedy or "")


def test_buyer_who_signs_while_the_result_can_be_challenged_says_why(issued: World) -> None:
    given_supplier_signed_contract(issued)

    with pytest.raises(Invalid) as refused:
        attempt(issued, APPROVER, sign_contract_buyer, signing(issued, APPROVER, window_reason=" "))
    assert refused.value.field == "window_reason"
    attempt(issued, APPROVER, sign_contract_buyer, signing(issued, APPROVER))

    assert contract_of(issued).window_reason == URGENT
    (signed,) = events_of(issued, "ContractSigned")
    assert signed["window_reason"] == URGENT


def test_issue_after_the_start_of_service_is_refused(embedded: World) -> None:
    contract = given_filled_contract(embedded)
    assert contract.starts_on is not None
    embedded.at(contract.starts_on + timedelta(days=1))

    with pytest.raises(Denied, match="1 处"):
        attempt(embedded, CLERK, issue_contract, IssueContract(contract.id, contract.version, True))


def test_recall_before_the_supplier_signs_opens_the_draft_again(drafted_world: World) -> None:
    contract = given_issued_contract(drafted_world)

    attempt(
        drafted_world,
        CLERK,
        recall_contract,
        RecallContract(contract.id, contract.version, "收款账户有误"),
    )

    contract = contract_of(drafted_world)
    assert contract.state is ContractState.DRAFT
    assert contract.document_id is None
    (recalled,) = events_of(drafted_world, "ContractRecalled")
    assert recalled["reason"] == "收款账户有误"


def test_recall_after_the_supplier_signed_is_refused(issued: World) -> None:
    contract = given_supplier_signed_contract(issued)

    with pytest.raises(IllegalTransition):
        attempt(
            issued,
            CLERK,
            recall_contract,
            RecallContract(contract.id, contract.version, "x"),
        )


# --- signing -------------------------------------------------------------------------------------


def test_sign_by_both_sides_puts_the_contract_in_force(issued: World) -> None:
    contract = given_signed_contract(issued)

    assert contract.state is ContractState.SIGNED
    signatures = queries.signatures_of(issued.session, contract)
    assert [(one.side, one.name) for one in signatures] == [("乙方", "苏慧敏"), ("甲方", "梁志远")]
    digest = queries.digest_of_text(issued.session, contract)
    assert {one.sha256 for one in signatures} == {digest}


def test_sign_by_buyer_commits_the_price_and_releases_the_rest(drafted_world: World) -> None:
    contract = given_signed_contract(drafted_world)

    session = drafted_world.session
    plan, line = queries.budget_of(session, contract)
    held = standing_on(session, line.id, AccountKind.COMMITTED, contract.id)
    assert held == {row.level: row.amount_fen for row in contract_parts(drafted_world).shares}
    assert sum(standing_on(session, line.id, AccountKind.RESERVED, plan.id).values()) == 0
    by_level = balances(session, line.id)
    available = sum(kinds[AccountKind.AVAILABLE] for kinds in by_level.values())
    assert available == line.amount_fen - contract.amount_fen


def test_sign_by_buyer_meets_thirty_days_and_starts_publication_and_filing(
    issued: World,
) -> None:
    contract = given_signed_contract(issued)

    terms = {term.rule: term for term in queries.terms_of(issued.session, contract)}
    assert terms["T28"].status is TermStatus.MET
    assert terms["T29"].status is TermStatus.RUNNING
    assert terms["T30"].status is TermStatus.RUNNING
    assert terms["T29"].organisation_id == contract.buyer_id


def test_sign_by_buyer_starts_delivery_with_the_agreed_milestones(issued: World) -> None:
    contract = given_signed_contract(issued)

    agreed = queries.milestones_of(issued.session, contract.id)
    made = issued.session.scalars(select(Milestone).order_by(Milestone.position)).all()
    assert [(one.title, one.due_on) for one in made] == [(one.title, one.due_on) for one in agreed]
    assert contract.project.stage is Stage.DELIVERY


def test_sign_under_another_name_is_refused(issued: World) -> None:
    given_issued_contract(issued)
    command = signing(issued, SIGNATORY)
    other = SignContract(command.contract_id, command.version, command.sha256, "林佳怡")

    with pytest.raises(Invalid) as refused:
        attempt(issued, SIGNATORY, sign_contract_supplier, other)

    assert refused.value.field == "full_name"


def test_sign_of_a_text_that_is_not_on_file_is_refused(issued: World) -> None:
    given_issued_contract(issued)
    command = signing(issued, SIGNATORY)
    other = SignContract(command.contract_id, command.version, "0" * 64, command.full_name)

    with pytest.raises(Conflict, match="不一致"):
        attempt(issued, SIGNATORY, sign_contract_supplier, other)


def test_sign_for_the_supplier_by_anybody_else_is_denied(issued: World) -> None:
    given_issued_contract(issued)

    for username in (MEMBER, "fuzeren2", APPROVER, CLERK, "shenji"):
        with pytest.raises(Denied):
            attempt(issued, username, sign_contract_supplier, signing(issued, username))


def test_sign_by_buyer_before_supplier_is_refused(issued: World) -> None:
    given_issued_contract(issued)

    with pytest.raises(IllegalTransition):
        attempt(issued, APPROVER, sign_contract_buyer, signing(issued, APPROVER))


def test_sign_for_the_buyer_by_anybody_else_is_denied(issued: World) -> None:
    given_supplier_signed_contract(issued)

    for username in (CLERK, SIGNATORY, "yanshou", "jiedaoshenhe"):
        with pytest.raises(Denied):
            attempt(issued, username, sign_contract_buyer, signing(issued, username))


def test_sign_by_who_filled_in_a_part_in_another_office_is_denied(drafted_world: World) -> None:
    """SOD-1 by person: one section written is enough."""
    world = drafted_world
    contract = contract_of(world)
    with world.uow_in_role(APPROVER, Role.CLERK) as uow:
        save_other(uow, SaveOther(contract.id, contract.version, "提供办公室一间。", ""))
    given_supplier_signed_contract(world)

    with pytest.raises(Denied, match="由您填写"):
        attempt(world, APPROVER, sign_contract_buyer, signing(world, APPROVER))


def test_sign_by_who_issued_the_text_is_denied_by_policy_and_by_database(
    drafted_world: World,
) -> None:
    contract = given_supplier_signed_contract(drafted_world)
    approver = drafted_world.actor(APPROVER)
    with UnitOfWork(drafted_world.session, approver, drafted_world.clock, technical=True) as uow:
        uow.session.get_one(Contract, contract.id).issued_by = approver.user_id

    with pytest.raises(Denied, match="由您生成送签"):
        attempt(drafted_world, APPROVER, sign_contract_buyer, signing(drafted_world, APPROVER))
    with pytest.raises(DomainError, match="由您生成送签"):
        sign_past_every_policy(drafted_world, contract.id, approver.user_id)


def test_sign_after_thirty_days_needs_a_reason_and_keeps_it(issued: World) -> None:
    contract = given_supplier_signed_contract(issued)
    term = queries.signing_term(issued.session, contract)
    assert term is not None
    issued.at(term.due_on + timedelta(days=1), 0, 0)

    with pytest.raises(Invalid) as refused:
        attempt(issued, APPROVER, sign_contract_buyer, signing(issued, APPROVER))
    attempt(
        issued,
        APPROVER,
        sign_contract_buyer,
        signing(issued, APPROVER, "乙方负责人住院"),
    )

    assert refused.value.field == "late_reason"
    assert refused.value.rule == "《政府采购法》第四十六条"
    assert contract_of(issued).late_reason == "乙方负责人住院"
    (signed,) = events_of(issued, "ContractSigned")
    assert signed["late_reason"] == "乙方负责人住院"


def test_sign_on_the_thirtieth_day_needs_no_reason(issued: World) -> None:
    contract = given_supplier_signed_contract(issued)
    term = queries.signing_term(issued.session, contract)
    assert term is not None
    issued.at(term.due_on, 23, 59)

    attempt(issued, APPROVER, sign_contract_buyer, signing(issued, APPROVER))

    assert contract_of(issued).late_reason == ""


# --- publication, filing, completion ------------------------------------------------------------


def test_publish_announces_the_contract_with_a_copy_without_account_and_persons(
    drafted_world: World,
) -> None:
    contract = given_published_contract(drafted_world)

    session = drafted_world.session
    notice = session.scalars(select(Notice).where(Notice.kind == NoticeKind.CONTRACT)).one()
    words = str(notice.sections)
    assert contract.number in words
    assert queries.instrument_name(contract_of(drafted_world)) in words
    assert Money(contract.amount_fen).format() in words
    assert capitals(Money(contract.amount_fen)) in words
    copies = session.scalars(
        select(Document).where(
            Document.kind == DocumentKind.CONTRACT,
            Document.audience == DocumentAudience.PUBLIC,
        )
    ).all()
    (copy,) = copies
    signed = queries.digest_of_text(session, contract)
    assert copy.sha256 != signed
    assert {signed, digest_of_data(copy.snapshot or {})} <= set(words.split("'"))
    events = trail.read(session, trail.TrailEvent.event == "ContractPublished")
    assert [(one.data["sha256"], one.data["copy_snapshot_sha256"]) for one in events] == [
        (signed, digest_of_data(copy.snapshot or {}))
    ]

    content = file_store().read(copy.sha256)
    with pymupdf.open(stream=content, filetype="pdf") as paper:
        inside = paper.embfile_get("data.json").decode()
        assert "（公告副本）" in paper.metadata["title"]
    shown = mupdf_text(content)
    assert "公告副本" in shown and signed in shown
    for private in (
        contract.payee_account,
        contract.payee_bank,
        contract.buyer_contact,
        contract.buyer_phone,
        contract.supplier_contact,
        contract.supplier_phone,
    ):
        assert private not in shown
        assert private not in inside
    assert capitals(Money(contract.amount_fen)) in shown
    terms = {term.rule: term.status for term in queries.terms_of(session, contract)}
    assert terms["T29"] is TermStatus.MET


def test_publish_before_signing_is_refused(issued: World) -> None:
    contract = given_issued_contract(issued)

    with pytest.raises(IllegalTransition):
        attempt(issued, CLERK, publish_contract, PublishContract(contract.id, contract.version))


def test_publish_by_the_supplier_is_denied(issued: World) -> None:
    contract = given_signed_contract(issued)

    with pytest.raises(Denied):
        attempt(
            issued,
            SIGNATORY,
            publish_contract,
            PublishContract(contract.id, contract.version),
        )


def test_file_enters_number_and_day_and_meets_the_term(issued: World) -> None:
    contract = given_filed_contract(issued)

    assert contract.state is ContractState.FILED
    assert contract.filing_number == "斗财采备〔2026〕7号"
    terms = {term.rule: term.status for term in queries.terms_of(issued.session, contract)}
    assert terms["T30"] is TermStatus.MET


def test_filing_done_in_time_and_typed_late_is_in_time(issued: World) -> None:
    contract = given_published_contract(issued)
    term = find_term(issued.session, contract.id, queries.FILING)
    assert term is not None
    issued.at(term.due_on + timedelta(days=1))
    filing = FileContract(contract.id, contract.version, "斗财采备7号", term.due_on)

    attempt(issued, CLERK, file_contract, filing)

    assert contract.filed_on == term.met_on == term.due_on
    told = trail.links_of_project(issued.session, contract.project_id)
    assert [link.data["late"] for link in told if link.event == "TermMet"][-1] is False
    facts = {fact.label: fact for fact in head_facts(contract)}
    assert facts["备案日期"].value == term.due_on
    assert "登记" in facts["备案日期"].note


@pytest.mark.parametrize("days", [-1, 1])
def test_file_on_a_day_before_signing_or_after_today_is_refused(issued: World, days: int) -> None:
    contract = given_published_contract(issued)
    day = local_date(issued.now) + timedelta(days=days)

    with pytest.raises(Invalid) as refused:
        attempt(
            issued,
            CLERK,
            file_contract,
            FileContract(contract.id, contract.version, "斗财采备1号", day),
        )

    assert refused.value.field == "filed_on"


def test_complete_before_filing_is_refused(issued: World) -> None:
    contract = given_published_contract(issued)

    with pytest.raises(IllegalTransition), issued.uow("system") as uow:
        complete_contract(uow, contract.id)


def test_complete_after_filing_closes_the_contract(drafted_world: World) -> None:
    contract = given_filed_contract(drafted_world)

    with drafted_world.uow("system") as uow:
        complete_contract(uow, contract.id)

    contract = contract_of(drafted_world)
    assert contract.state is ContractState.COMPLETED
    assert contract.completed_at == drafted_world.now


def test_counts_are_asked_once_for_each_thing_counted(embedded: World) -> None:
    counts = counts_of(contract_parts(embedded))

    assert len(counts) == len(set(counts))
    assert all(count > 0 for count in counts.values())


def test_contract_names_its_letter_document_and_bid_and_the_signed_copy_who_signed(
    issued: World,
) -> None:
    given_signed_contract(issued)
    contract = contract_of(issued)
    session = issued.session
    text = session.get_one(Document, contract.document_id)
    said = (text.snapshot or {})["procurement"]
    letter = session.scalars(
        select(Document).where(Document.kind == DocumentKind.AWARD_NOTICE)
    ).one()
    document = session.scalars(
        select(Document).where(
            Document.kind == DocumentKind.TENDER_DOCUMENT,
            Document.subject_id.in_(select(Tender.id)),
        )
    ).one()
    bid = session.scalars(
        select(BidVersion)
        .where(BidVersion.bid_id == contract.bid_id)
        .order_by(BidVersion.number.desc())
    ).first()
    assert bid is not None
    assert said["award_notice_no"] == f"{contract.project.number}-CJ01"
    assert (said["award_sha256"], said["document_sha256"]) == (letter.sha256, document.sha256)
    assert (said["bid_version"], said["bid_sha256"]) == (bid.number, bid.sha256)
    assert said["plan_no"].startswith(contract.project.number)

    copy = session.get_one(Document, contract.signed_document_id)
    told = copy.snapshot or {}
    assert [(one["side"], one["name"]) for one in told["signatures"]] == [
        ("乙方", issued.actor(SIGNATORY).name),
        ("甲方", issued.actor(APPROVER).name),
    ]
    assert told["signed_sha256"] == text.sha256
    assert told["signed_on"] == local_date(issued.now).isoformat()
    (signed,) = events_of(issued, "ContractSigned")
    assert signed["copy_snapshot_sha256"] == digest_of_data(told)


def test_contract_is_not_signed_longer_before_the_start_than_the_document_says(
    issued: World,
) -> None:
    given_supplier_signed_contract(issued)
    contract = contract_of(issued)
    tender = issued.session.scalars(select(Tender)).one()
    assert contract.starts_on is not None
    tender.start_within_days = (contract.starts_on - local_date(issued.now)).days - 1
    issued.session.commit()

    with pytest.raises(Invalid, match="日内开始服务"):
        attempt(issued, APPROVER, sign_contract_buyer, signing(issued, APPROVER))

    issued.at(local_date(issued.now) + timedelta(days=1))
    attempt(issued, APPROVER, sign_contract_buyer, signing(issued, APPROVER))
    assert contract_of(issued).state is ContractState.SIGNED
