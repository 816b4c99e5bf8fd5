"""The forms of a bid: one page a section, then handing in, taking back, opening."""

from collections.abc import Sequence
from typing import Any

from procure.kernel.money import Money
from procure.kernel.uploads import REPORTS
from procure.kernel.vocabulary import InstitutionClass, PriceWay
from procure.stages.bids.check import MOST_HOURS, fixed_price, may_claim_deduction
from procure.stages.bids.content import STATEMENTS, BidContent
from procure.stages.bids.policies import is_institution, limit_rule
from procure.stages.bids.use_cases.draft import (
    MOST_FILES,
    SaveOffer,
    SaveProposal,
    SaveStatements,
    SaveTeam,
)
from procure.stages.tenders.models import Tender, TenderCriterion
from procure.web.fields.choices import (
    Choice,
    ChoiceField,
    ConfirmField,
    ManyChoicesField,
    YesNoField,
)
from procure.web.fields.files import FilesField
from procure.web.fields.numbers import IntegerField, MoneyField
from procure.web.fields.text import LongTextField, TextField
from procure.web.forms import ProcureForm
from procure.web.presenters import size_words


class OfferForm(ProcureForm):
    """Price, promised hours, price deduction; fields that the tender has no use for are left out."""

    price = MoneyField("报价（总价）", hint="含税总价，包含完成全部服务的一切费用。")
    hours = IntegerField("承诺的年度服务工时", least=1, most=MOST_HOURS, unit="小时")
    claims_deduction = YesNoField(
        "是否申请小微企业价格扣除",
        yes="申请，本单位属于小型或微型企业，对此声明的真实性负责",
        no="不申请",
    )

    def fit(self, tender: Tender, credit_code: str | None) -> "OfferForm":
        """Leave out what this tender does not ask, set bounds and hints; returns itself."""
        if fixed_price(tender) is not None:
            del self.price
        else:
            self.price.most = Money(tender.ceiling_fen)
            self.price.rule = limit_rule(tender)
        if tender.price_way is not PriceWay.RATIO_TO_MAX:
            del self.hours
        elif tender.hours_floor is not None:
            self.hours.least = tender.hours_floor
            self.hours.rule = "采购文件"
        if not may_claim_deduction(tender, credit_code).ok:
            del self.claims_deduction
        return self

    def to_command(self, bid_id: str) -> SaveOffer:
        """What to save."""
        price = self.price.data if "price" in self else None
        return self.command(SaveOffer, bid_id, price_fen=None if price is None else price.fen)


class ProposalForm(ProcureForm):
    """The proposal; `proposal_form` adds an answer for each factor of the tender."""

    proposal = LongTextField(
        "总体服务方案",
        maximum=8000,
        rows=12,
        hint="写明服务内容、方法、人员安排和保障措施。不要在这里写报价。",
    )

    def to_command(self, bid_id: str) -> SaveProposal:
        """What to save."""
        names = [name for name in self._fields if name.startswith("answer_")]
        answers = tuple(self[name].data for name in names)
        return self.command(SaveProposal, bid_id, answers=answers)


def proposal_form(criteria: Sequence[TenderCriterion]) -> type[ProposalForm]:
    """The form with a long text for each factor, named by its place in the scheme."""
    answers: dict[str, Any] = {
        f"answer_{place}": LongTextField(
            f"响应：{criterion.name}",
            maximum=4000,
            rows=5,
            optional=True,
            mark="不填可能不得分",
            hint=_criterion_words(criterion),
        )
        for place, criterion in enumerate(criteria)
    }
    return type("ProposalForm", (ProposalForm,), answers)


def _criterion_words(criterion: TenderCriterion) -> str:
    points = Money(criterion.points).yuan.rstrip("0").rstrip(".")
    proof = f"证明材料：{criterion.evidence}。" if criterion.evidence else ""
    return f"满分 {points} 分。{criterion.standard} {proof}".strip()


class StatementsForm(ProcureForm):
    """The six statements of article 22."""

    statements = ManyChoicesField(
        "本单位郑重声明",
        choices=[Choice(place, words) for place, words in enumerate(STATEMENTS)],
        least=0,
        mark="提交前必填",
        hint="逐项勾选；有一项不具备就不能参加。提供虚假材料的，依法承担责任。",
    )
    institution_class = ChoiceField(
        "本单位的事业单位类别",
        choices=InstitutionClass,
        optional=True,
        mark="提交前必填",
        hint="以编制部门的核定为准。公益一类事业单位不能作为承接主体。",
    )

    def fit(self, credit_code: str | None) -> "StatementsForm":
        """Ask an institution for its class, and nobody else; returns itself."""
        if not is_institution(credit_code):
            del self.institution_class
        return self

    def to_command(self, bid_id: str) -> SaveStatements:
        """What to save."""
        made = tuple(place in self.statements.data for place in range(len(STATEMENTS)))
        kind = (self.institution_class.data or "") if "institution_class" in self else ""
        return self.command(SaveStatements, bid_id, statements=made, institution_class=kind)


class TeamForm(ProcureForm):
    """Project manager and attachments."""

    project_manager = TextField("项目负责人", maximum=40, width="half", autocomplete="off")
    manager_experience = LongTextField(
        "项目负责人的资质和经验", maximum=2000, rows=4, optional=True
    )
    keep = ManyChoicesField("已上传的附件", least=0, hint="取消勾选并保存，即移除这个附件。")
    files = FilesField(
        "上传附件",
        accept=REPORTS,
        most=MOST_FILES,
        optional=True,
        hint="法人登记证书、证明材料等。附件里不要出现报价：评审专家评分前不看报价。",
    )

    def fit(self, content: BidContent) -> "TeamForm":
        """Offer the attachments that are there; returns itself."""
        self.keep.choices = [
            Choice(file.kept, f"{file.name}（{size_words(file.size)}）", file.reception.words)
            for file in content.files
        ]
        if not content.files:
            del self.keep
        return self

    def to_command(self, bid_id: str) -> SaveTeam:
        """What to save."""
        return self.command(SaveTeam, bid_id, tokens=self.files.taken)


class SubmitBidForm(ProcureForm):
    """The signatory's confirmation."""

    confirmed = ConfirmField("我已核对以上全部内容，代表本单位确认并提交")


class WithdrawBidForm(ProcureForm):
    """Taking the bid back."""

    reason = TextField("撤回原因", maximum=200, optional=True)
    confirmed = ConfirmField("我确认撤回本单位的投标")


class OpenBidsForm(ProcureForm):
    """The opening: who records, who watches."""

    recorder = TextField("记录人", maximum=40, width="half")
    supervisor = TextField("监督人", maximum=80, width="half", optional=True)
    confirmed = ConfirmField("我确认现在开启")


class ObjectionsForm(ProcureForm):
    """Asked after the opening: whether anybody objected, and what was said and answered."""

    has_any = YesNoField("供应商对开启过程和记录是否提出异议", yes="提出了异议", no="没有提出异议")
    said = LongTextField(
        "异议和答复",
        maximum=1000,
        rows=4,
        optional=True,
        mark="有异议时必填",
        hint="写明哪一家供应商提出了什么，怎样答复的。",
    )
    confirmed = ConfirmField("以上属实")


class ConfirmDamageForm(ProcureForm):
    """A second person's word that envelopes are damaged or lost; the version is the finding's place."""

    reason = LongTextField(
        "核实情况", maximum=500, rows=3, hint="怎样核实的，为什么不能从备份恢复。"
    )
    confirmed = ConfirmField("我已核实，这些密封件不能恢复，开标时按损坏或者平台丢失登记")
