"""One milestone: reported by the supplier, judged by the buyer."""

from typing import Any

from procure.kernel.access import Permission
from procure.kernel.lifecycle import MilestoneState, label_of
from procure.registers.accounts.queries import names_of
from procure.registers.deadlines.queries import find_term, term_line
from procure.registers.documents.queries import papers_of
from procure.stages.contracts.models import Contract
from procure.stages.delivery import pages, policies, queries
from procure.stages.delivery.forms import DecideForm, ReportForm
from procure.stages.delivery.models import Milestone
from procure.stages.delivery.use_cases import milestones
from procure.stages.delivery.use_cases.start import MILESTONE_RULE
from procure.stages.delivery.views.blueprint import CASE, blueprint, contract_of
from procure.web.access import current_actor, read_session, request_now
from procure.web.presenters import Badge, Fact
from procure.web.steps import Step, step


@step(
    blueprint,
    f"{CASE}/milestones/<int:position>",
    Permission.DELIVERY_VIEW,
    "delivery/milestone.html",
)
def milestone(number: str, position: int) -> Step[object]:
    """A milestone with its report; the form is for whose turn it is."""
    contract = contract_of(number)
    one = queries.get_milestone(read_session(), contract, position)
    if current_actor().may(Permission.DELIVERY_REVIEW):
        return _decide(contract, one)
    return _report(contract, one)


def _report(contract: Contract, one: Milestone) -> Step[object]:
    actor = current_actor()
    form = ReportForm(version=one.version, data={"report": one.report})
    return Step(
        form=form,
        verdict=policies.may_report_milestone(actor, contract, one),
        act=form.act(milestones.report_milestone, one.id),
        done="节点已报送，等待采购人核实。",
        back=pages.address_of(contract.project.number),
        shows=lambda: _page(
            contract,
            one,
            label_of("report_milestone") if actor.may(Permission.DELIVERY_RECORD) else "",
        ),
    )


def _decide(contract: Contract, one: Milestone) -> Step[object]:
    form = DecideForm(version=one.version)
    return Step(
        form=form,
        verdict=policies.may_confirm_milestone(current_actor(), contract, one),
        act=form.act(milestones.confirm_milestone, one.id)
        if form.is_confirmed
        else form.act(milestones.return_milestone, one.id),
        done="核实意见已登记。",
        back=pages.address_of(contract.project.number),
        shows=lambda: _page(contract, one, "提交核实意见"),
    )


def _page(contract: Contract, one: Milestone, verb: str) -> dict[str, object]:
    """What the page shows; without a verb there is nothing to do on it for this reader."""
    session, actor = read_session(), current_actor()
    term = find_term(session, one.id, MILESTONE_RULE)
    return {
        "contract": contract,
        "milestone": one,
        "facts": _facts(contract, one),
        "deadline": term_line(term, request_now()) if term else None,
        "papers": papers_of(session, actor, project_id=contract.project_id, subject_ids=[one.id]),
        "verb": verb,
    }


def _facts(contract: Contract, one: Milestone) -> list[Any]:
    names = names_of(read_session(), [one.reported_by, one.confirmed_by])
    facts = [
        Fact("状态", Badge(one.state)),
        Fact("约定日期", one.due_on),
        Fact("牵头单位", one.lead_unit or "未写明"),
        Fact("配合单位", one.assisting_unit or "无"),
    ]
    if one.state is not MilestoneState.PLANNED and one.reported_at is not None:
        facts += [
            Fact("完成情况", one.report),
            Fact("报送", names.get(one.reported_by or "", ""), note=contract.supplier.name),
            Fact("报送时间", one.reported_at),
        ]
    if one.returned_reason:
        facts.append(Fact("退回理由", one.returned_reason))
    if one.confirmed_at is not None:
        facts += [
            Fact("核实", names.get(one.confirmed_by or "", ""), note=contract.buyer.name),
            Fact("核实时间", one.confirmed_at),
        ]
    return facts
