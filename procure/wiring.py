"""The composition root: which blueprints, which subscribers, which desks hear of which stage.

Nothing here decides anything; it only says who is connected to whom. A reader who wants to know
what follows from an event finds it in `SUBSCRIBERS`. Whoever has loaded this module has loaded every
table there is: what the database's account may do is derived from them, so all commands must see
the same.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask

from procure.desks.auditing import views as auditing
from procure.desks.casework import views as casework
from procure.desks.casework.page_cache import CasePageCache
from procure.desks.portal import api, health
from procure.desks.portal import use_cases as portal_index
from procure.desks.portal import views as portal
from procure.desks.portal.cache import PageCache
from procure.desks.portal.cached_response import CACHE
from procure.desks.reminders import accounts as account_letters
from procure.desks.reminders import at_once, jobs, letters
from procure.desks.reminders import budget as budget_letters
from procure.desks.reminders import queries as inbox
from procure.desks.reminders import views as reminders
from procure.desks.reminders.alarms import tell_faults
from procure.desks.reminders.lease import Daily, Every
from procure.desks.reminders.mail import send_due
from procure.desks.reminders.registry import Job
from procure.desks.reminders.reminder_thresholds import NIGHT
from procure.desks.steps import STEPS
from procure.desks.workbench import menu
from procure.desks.workbench import views as workbench
from procure.kernel.events import Event
from procure.registers.accounts import todo as account_requests
from procure.registers.accounts.events import (
    OrganisationRequested,
    PasswordChanged,
    PasswordReset,
    PasswordResetRequested,
    PersonRequested,
    RoleGranted,
    RoleRefused,
    RoleRequested,
    RoleRequestEnded,
    RoleRevoked,
    SecondFactorEnrolled,
    SecondFactorReset,
    SecondFactorResetRequested,
    SignInsMassed,
)
from procure.registers.accounts.models import User
from procure.registers.accounts.queries import ask_unread_with
from procure.registers.accounts.views import blueprint as accounts
from procure.registers.deadlines import use_cases as deadlines
from procure.registers.deadlines.events import TermSettled
from procure.registers.documents import views as documents
from procure.registers.documents.queries import ask_panel_with
from procure.registers.funds import todo as budget_corrections
from procure.registers.funds import views as funds
from procure.registers.funds.events import (
    BudgetLineChanged,
    BudgetLineChangeProposed,
    BudgetLineChangeRefused,
)
from procure.registers.installation.belonging import Wrapped
from procure.registers.notices.events import NoticePublished
from procure.registers.projects import views as projects
from procure.registers.projects.events import ProjectClosed
from procure.stages.acceptance import case as acceptance_case
from procure.stages.acceptance import views as acceptance
from procure.stages.acceptance.events import AcceptanceOpened, AcceptancePublished
from procure.stages.awards import case as awards_case
from procure.stages.awards import views as awards
from procure.stages.awards.events import ResultAnnounced
from procure.stages.awards.queries import panel_seats
from procure.stages.awards.use_cases import failure as reviews_without_winner
from procure.stages.bids import case as bids_case
from procure.stages.bids.events import BidShutOut, OpeningRefused, TenderFailed
from procure.stages.bids.queries import newest_round
from procure.stages.bids.views import opening as bid_openings
from procure.stages.bids.views import supplier as bids_supplier
from procure.stages.catalogue import views as catalogue
from procure.stages.contracts import case as contracts_case
from procure.stages.contracts import views as contracts
from procure.stages.contracts.events import ContractEndedEarly, ContractSigned
from procure.stages.contracts.text_for_tender import contract_for_tender
from procure.stages.contracts.use_cases import draft as contract_drafts
from procure.stages.delivery import case as delivery_case
from procure.stages.delivery import views as delivery
from procure.stages.delivery.use_cases import early_end as served_no_more
from procure.stages.delivery.use_cases import start as deliveries
from procure.stages.evaluation import case as evaluation_case
from procure.stages.evaluation import views as evaluation
from procure.stages.evaluation.use_cases import early_end as evaluated_earlier
from procure.stages.evaluation.use_cases import schedule as evaluation_schedule
from procure.stages.payments import case as payments_case
from procure.stages.payments import views as payments
from procure.stages.payments.use_cases import claims
from procure.stages.payments.use_cases import pay as treasury
from procure.stages.payments.use_cases import record as contract_endings
from procure.stages.plans import case as plans_case
from procure.stages.plans import views as plans
from procure.stages.plans.events import PlanCancelled, PlanChanged
from procure.stages.tenders import case as tenders_case
from procure.stages.tenders import views as tenders
from procure.stages.tenders.contract_text import draw_contract_with
from procure.stages.tenders.events import TenderTerminated
from procure.stages.tenders.models import TenderKey
from procure.stages.tenders.use_cases import following as documents_following
from procure.store import demonstration as _demonstration_table  # noqa: F401
from procure.store.unit_of_work import subscribe
from procure.web import drafts
from procure.web.access import read_session
from procure.web.rounds import offer_rounds
from procure.web.step_table import STEP_TABLE

BLUEPRINTS: tuple[Blueprint, ...] = (
    drafts.blueprint,
    accounts,
    casework.blueprint,
    workbench.blueprint,
    auditing.blueprint,
    portal.blueprint,
    api.blueprint,
    health.blueprint,
    reminders.blueprint,
    projects.blueprint,
    documents.blueprint,
    funds.blueprint,
    catalogue.blueprint,
    plans.blueprint,
    tenders.blueprint,
    bids_supplier.blueprint,
    bid_openings.blueprint,
    awards.blueprint,
    contracts.blueprint,
    delivery.blueprint,
    evaluation.blueprint,
    acceptance.blueprint,
    payments.blueprint,
)

SUBSCRIBERS: tuple[tuple[type[Event], Callable[..., None]], ...] = (
    *((kind, account_letters.on_changed) for kind in account_letters.CHANGES),
    (SignInsMassed, letters.on_sign_ins_massed),
    (PasswordChanged, account_letters.on_credentials_changed),
    (PasswordReset, account_letters.on_credentials_changed),
    (SecondFactorEnrolled, account_letters.on_credentials_changed),
    (SecondFactorReset, account_letters.on_credentials_changed),
    (RoleRequested, account_letters.on_asked),
    (PersonRequested, account_letters.on_asked),
    (OrganisationRequested, account_letters.on_asked),
    (PasswordResetRequested, account_letters.on_asked),
    (SecondFactorResetRequested, account_letters.on_asked),
    (RoleGranted, account_letters.on_role_decided),
    (RoleRefused, account_letters.on_role_decided),
    (RoleRequestEnded, account_letters.on_role_decided),
    (RoleRevoked, account_letters.on_role_decided),
    (ProjectClosed, deadlines.on_project_closed),
    (BudgetLineChangeProposed, budget_letters.on_correction_proposed),
    (BudgetLineChanged, budget_letters.on_correction_decided),
    (BudgetLineChangeRefused, budget_letters.on_correction_decided),
    (NoticePublished, portal_index.on_notice_published),
    (PlanChanged, documents_following.on_plan_changed),
    (PlanCancelled, documents_following.on_plan_cancelled),
    (TenderTerminated, reviews_without_winner.on_tender_terminated),
    (TenderTerminated, letters.on_tender_terminated),
    (TenderFailed, letters.on_tender_failed),
    (OpeningRefused, letters.on_opening_refused),
    (BidShutOut, letters.on_bid_lost),
    (ResultAnnounced, contract_drafts.on_result_announced),
    (ResultAnnounced, letters.on_result_announced),
    (ContractSigned, deliveries.on_contract_signed),
    (ContractSigned, evaluation_schedule.on_contract_signed),
    (ContractEndedEarly, served_no_more.on_contract_ended_early),
    (ContractEndedEarly, evaluated_earlier.on_contract_ended_early),
    (ContractEndedEarly, claims.on_contract_ended_early),
    (AcceptanceOpened, claims.on_acceptance_opened),
    (ContractEndedEarly, contract_endings.record_early_end),
    (TermSettled, evaluation_schedule.on_term_settled),
    (AcceptancePublished, treasury.on_acceptance_published),
    *((kind, at_once.tell) for kind in at_once.told_events()),
)
"""What follows from what, in the same transaction: (event, handler of a downstream stage)."""

TODO_SOURCES: tuple[Callable[..., Any], ...] = (
    plans_case.todo,
    tenders_case.todo,
    bids_case.todo,
    awards_case.todo,
    contracts_case.todo,
    delivery_case.todo,
    evaluation_case.todo,
    acceptance_case.todo,
    payments_case.todo,
    account_requests.todo,
    budget_corrections.todo,
)
"""Functions (session, actor, now) → tasks that wait for the actor; one for each room that has."""

CASE_PANELS: tuple[Callable[..., Any], ...] = (
    plans_case.panel,
    tenders_case.panel,
    bids_case.panel,
    awards_case.panel,
    contracts_case.panel,
    delivery_case.panel,
    evaluation_case.panel,
    acceptance_case.panel,
    payments_case.panel,
)
"""Functions (session, actor, project, now) → panel of the case page or None, in stage order."""

WRAPPED: Wrapped = (User.totp_secret, TenderKey.wrapped)
"""What the platform's key has wrapped: one of each is tried before a database is given to a key."""

JOBS: tuple[Job, ...] = (
    Job("reminders.derive", Every(60), jobs.derive_reminders),
    Job("reminders.send_mail", Every(20), send_due),
    Job("documents.print", Every(60), jobs.print_papers),
    Job("deadlines.settle_provisional", Daily(NIGHT), jobs.settle_provisional),
    Job("contracts.complete", Daily(NIGHT), jobs.complete_contracts),
    Job("deadlines.end", Daily(NIGHT), jobs.end_terms),
    Job("trail.fsck", Daily(NIGHT), jobs.check_trail),
    Job("cleanup", Daily(NIGHT), jobs.clean_up),
)
"""What the scheduler runs, each on its rhythm."""


OF_ROUNDS = frozenset(
    {
        *("bids.show", "bids.check", "bids.sealed", "bids.attachment", "bids.receipt"),
        *("bids.receipt_json", "bids.receipt_pdf", "bids.note_json", "bid_openings.show"),
        *("awards.show", "awards.draw_record", "awards.declare", "awards.bid", "awards.checks"),
        *("awards.check", "awards.scores", "awards.score", "awards.lock", "awards.ranking"),
        "awards.sign",
    }
)
"""The pages of one round of a purchase that stay readable when it is put out again."""


def connect(app: Flask) -> None:
    """Connect everything to the application; subscribers are connected once for all."""
    for kind, handler in SUBSCRIBERS:
        subscribe(kind, handler)
    ask_panel_with(panel_seats)
    draw_contract_with(contract_for_tender)
    ask_unread_with(inbox.unread_of)
    tell_faults(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    offer_rounds(app, OF_ROUNDS, lambda number: newest_round(read_session(), number))
    app.extensions[casework.PANELS] = CASE_PANELS
    app.extensions[casework.KEPT] = CasePageCache()
    app.extensions[workbench.SOURCES] = TODO_SOURCES
    app.extensions[STEP_TABLE] = {row.endpoint: row for row in STEPS}
    app.context_processor(menu.bars)
    app.extensions[CACHE] = PageCache()
