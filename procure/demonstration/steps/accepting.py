"""Acceptance: recipients drawn by lot and heard, items looked at, certified, published."""

from io import BytesIO

from procure.demonstration.papers import signed_copy
from procure.demonstration.steps.contracting import contract_of
from procure.demonstration.walk import Walk
from procure.kernel.lifecycle import Stage
from procure.kernel.workdays import CHINA
from procure.stages.acceptance.models import Acceptance, Seat
from procure.stages.acceptance.panel import MemberEntry
from procure.stages.acceptance.queries import certificate_digest
from procure.stages.acceptance.use_cases.collect import (
    AnswerSlip,
    OpenAcceptance,
    answer_slip,
    open_acceptance,
    print_slips,
)
from procure.stages.acceptance.use_cases.decide import (
    Judgement,
    PassAcceptance,
    PublishAcceptance,
    SaveGroup,
    SaveItems,
    pass_acceptance,
    publish_acceptance,
    save_group,
    save_items,
)
from procure.stages.acceptance.use_cases.sign import (
    FileSignedCopy,
    SignCertificate,
    file_signed_copy,
    sign_certificate,
)
from procure.stages.contracts.agreed import agreed_of
from procure.stages.contracts.queries import targets_of


def acceptance_of(walk: Walk) -> Acceptance:
    """The walk's acceptance as it stands."""
    return walk.one(Acceptance, Acceptance.contract_id == contract_of(walk).id)


def open_the_acceptance(walk: Walk) -> None:
    """After the last day of service the accepter opens it; the system draws who is asked."""
    contract = contract_of(walk)
    assert contract.ends_on is not None
    walk.on(CHINA.next_workday(contract.ends_on), 9)
    walk.workdays_later(2)
    with walk.as_("yanshou") as uow:
        open_acceptance(uow, OpenAcceptance(contract.id))
    walk.say("yanshou", Stage.ACCEPTANCE, "启动履约验收，抽取服务对象")


def hear_the_first(walk: Walk) -> None:
    """Slips are printed; some recipients answer on their own phones."""
    with walk.as_("yanshou") as uow:
        slips = print_slips(uow, acceptance_of(walk).id)
    walk.made["slips"] = [slip.token for slip in slips]
    walk.workdays_later(1, 15)
    _answer(walk, 0, 4)


def hear_the_rest(walk: Walk) -> None:
    """The others answer."""
    walk.workdays_later(1, 15)
    _answer(walk, 4, len(walk.made["slips"]))
    walk.say("yanshou", Stage.ACCEPTANCE, f"收到 {len(walk.made['slips'])} 份服务对象意见")


def pass_the_acceptance(walk: Walk) -> None:
    """Item by item, with the group's comments, to the certificate; the clerk publishes."""
    walk.workdays_later(1)
    told = walk.told["acceptance"]
    acceptance = acceptance_of(walk)
    contract = contract_of(walk)
    targets = targets_of(walk.session, contract.id)
    items = tuple(Judgement(target.position, passed=True) for target in targets)
    standards = tuple(
        Judgement(at, passed=True, note=told["standard_finding"])
        for at, _ in enumerate(agreed_of(walk.session, contract).standards, start=1)
    )
    members = (
        MemberEntry(
            Seat.LEADER,
            walk.actor("yanshou").name,
            "珠海市斗门区民政局",
            "验收负责人",
            "同意验收。",
        ),
        *(
            MemberEntry(
                Seat.EXPERT, expert["name"], expert["unit"], expert["title"], expert["comment"]
            )
            for expert in told["experts"]
        ),
    )
    with walk.as_("yanshou") as uow:
        save_items(uow, SaveItems(acceptance.id, acceptance.version, items, standards))
    with walk.as_("yanshou") as uow:
        save_group(uow, SaveGroup(acceptance.id, acceptance.version, members))
    with walk.as_("yanshou") as uow:
        pass_acceptance(
            uow,
            PassAcceptance(
                acceptance.id,
                acceptance.version,
                place=walk.told["stations"][0],
                method="查阅台账、现场核查、听取服务对象意见",
                conclusion=told["conclusion"],
            ),
        )
    walk.say("yanshou", Stage.ACCEPTANCE, "确认验收合格，出具验收书")
    _sign(walk)
    walk.workdays_later(1)
    with walk.as_("jingban") as uow:
        publish_acceptance(uow, PublishAcceptance(acceptance.id, acceptance_of(walk).version))
    walk.say("jingban", Stage.ACCEPTANCE, "公告验收结果")


def _sign(walk: Walk) -> None:
    """The leader signs in the platform, the outside experts on paper."""
    acceptance = acceptance_of(walk)
    actor = walk.actor("yanshou")
    digest = certificate_digest(walk.session, acceptance)
    with walk.as_("yanshou") as uow:
        sign_certificate(
            uow, SignCertificate(acceptance.id, acceptance.version, digest, actor.name)
        )
    token = walk.staging.put(BytesIO(signed_copy()), "验收书签字件.pdf", actor.user_id)
    with walk.as_("yanshou") as uow:
        acceptance = acceptance_of(walk)
        file_signed_copy(uow, FileSignedCopy(acceptance.id, acceptance.version, token))
    walk.say("yanshou", Stage.ACCEPTANCE, "验收小组签署验收书")


def _answer(walk: Walk, first: int, last: int) -> None:
    opinions = walk.told["acceptance"]["opinions"]
    for number, token in enumerate(walk.made["slips"][first:last], start=first):
        with walk.as_visitor() as uow:
            answer_slip(uow, AnswerSlip(token, tuple(opinions[number % len(opinions)])))
