"""The facts of a plan's public notices: its intention, and that it was given up."""

from procure.kernel.money import Money
from procure.registers.accounts.models import Organisation
from procure.registers.notices.facts import case_facts
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project
from procure.render.wording import Section, worded_notice
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.plans.models import Plan


def intention_sections(
    plan: Plan,
    project: Project,
    buyer: Organisation,
    item: CatalogueItem,
    before: Notice | None = None,
) -> list[Section]:
    """The intention notice; `before` is the notice whose content this one takes the place of."""
    facts = {
        "outline": plan.outline,
        "amount_wan": Money(plan.amount_fen).wan,
        "expected_month": f"{plan.expected_on.year}年{plan.expected_on.month}月",
        "method": plan.method.label,
        "mode": plan.mode.label,
        "catalogue_item": f"{item.code} {item.name}",
        "term_months": plan.term_months,
        "before_no": before.number if before else "",
    }
    return worded_notice("intention@1", case_facts(project, buyer) | facts)


def cancellation_sections(
    project: Project, buyer: Organisation, intention: Notice, reason: str
) -> list[Section]:
    """The notice that what was intended will not be bought."""
    facts = {
        "intention_title": intention.title,
        "intention_no": intention.number,
        "reason": reason,
    }
    return worded_notice("cancellation@1", case_facts(project, buyer) | facts)
