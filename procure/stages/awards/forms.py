"""The forms of a review, one for each act."""

from collections.abc import Container, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from wtforms import HiddenField

from procure.kernel.laws import cite
from procure.kernel.phrases import points_in_words
from procure.kernel.uploads import REPORTS
from procure.kernel.vocabulary import AbsenceKind, PriceWay
from procure.registers.accounts.models import User
from procure.stages.awards.models import BidCheck, BidderRelation, PassGround, RankedBid, Score
from procure.stages.awards.use_cases.checks import RelationFound
from procure.stages.awards.use_cases.report import QuestionPrice
from procure.stages.awards.use_cases.scores import Mark
from procure.stages.tenders.models import Tender, TenderCriterion
from procure.web.fields.choices import Choice, ChoiceField, ConfirmField, YesNoField
from procure.web.fields.dates import DateTimeField
from procure.web.fields.files import FileField
from procure.web.fields.numbers import HundredthsField, IntegerField
from procure.web.fields.text import LongTextField, TextField
from procure.web.forms import ProcureForm

RECUSAL_HINT = (
    "三年内与投标人有劳动关系，担任其董事、监事，是其控股股东或实际控制人；"
    "与投标人的法定代表人或负责人有夫妻、直系血亲、三代以内旁系血亲或近姻亲关系；"
    "有其他可能影响公正的关系。"
)


class DrawPanelForm(ProcureForm):
    """How many experts, whether a buyer's representative sits too, when the panel meets."""

    session_at = DateTimeField("评审开始时间", hint="公开招标的专家最早在评审前 2 个工作日抽取。")
    experts = IntegerField("抽取专家人数", least=2, most=20, unit="人")
    buyer_member = ChoiceField(
        "采购人代表",
        optional=True,
        style="select",
        hint="没有采购人代表的留空。代表不能担任组长，也不能是组织评审或确定成交人的人。",
    )
    authorisation = TextField(
        "采购人代表的授权书",
        optional=True,
        mark="有代表时必填",
        maximum=100,
        hint="有采购人代表的，填写书面授权书的文号或签发日期。",
    )

    def fit(self, seats: Sequence[User]) -> "DrawPanelForm":
        """Offer the people who may represent the buyer; returns itself."""
        self.buyer_member.choices = [Choice(user.id, user.name) for user in seats]
        return self


class DeclareInterestForm(ProcureForm):
    """The declaration after seeing the bidders' names."""

    has_conflict = YesNoField(
        "与以上投标人的关系",
        yes="有应当回避的情形",
        no="没有应当回避的情形",
        hint=RECUSAL_HINT,
    )
    reason = LongTextField(
        "应当回避的情形", optional=True, mark="应当回避时必填", maximum=500, rows=3
    )
    confirmed = ConfirmField("以上声明属实，如有隐瞒愿承担责任")


class ReportConflictForm(ProcureForm):
    """A conflict found after another declaration was signed."""

    reason = LongTextField("应当回避的情形", maximum=500, rows=3, hint=RECUSAL_HINT)
    confirmed = ConfirmField("以上声明属实，我不再参加本次评审")


class ReportAbsenceForm(ProcureForm):
    """Why a member cannot take part, and how that is known."""

    kind = ChoiceField("不能参加的原因", choices=AbsenceKind)
    reason = LongTextField(
        "情况说明",
        maximum=500,
        rows=3,
        hint="写明怎样联系、怎样得知。健康情况只写到能够说明不能参加为止。",
    )
    confirmed = ConfirmField("情况属实，不是为了改变评审结果而更换")


class DecideAbsenceForm(ProcureForm):
    """A second person's finding."""

    decision = ChoiceField(
        "审核结论", choices=[("replace", "同意更换，由下一名专家接替"), ("stay", "不同意更换")]
    )
    reason = LongTextField("审核意见", maximum=500, rows=3, optional=True, mark="不同意时必填")


class CheckBidForm(ProcureForm):
    """Qualification and conformity of one bid; `check_form` adds a finding for each other bidder with
    whom it shares something.
    """

    RELATED: ClassVar[Mapping[int, str]] = {}

    qualified = YesNoField(
        "资格审查",
        yes="通过",
        no="不通过",
        hint=f"{cite('who_may_bid')}的条件和采购文件的资格要求。",
    )
    conforms = YesNoField(
        "符合性审查", yes="通过", no="不通过", hint="是否实质性响应采购文件带 ★ 的要求。"
    )
    reason = LongTextField(
        "不通过的原因",
        optional=True,
        mark="不通过时必填",
        maximum=500,
        rows=4,
        hint="不通过的必须写明，会告知供应商。",
    )

    def relations(self) -> tuple[RelationFound, ...]:
        """The findings about the other bidders."""
        return tuple(
            RelationFound(
                other, self[f"relation_{place}"].data, self[f"relation_reason_{place}"].data
            )
            for place, other in self.RELATED.items()
        )


def check_form(related: Mapping[int, str], names: Mapping[str, str]) -> type[CheckBidForm]:
    """The form with a question about each of the bids in `related`, which gives them by their place
    among the rows; `names` are the bidders'.
    """
    fields: dict[str, Any] = {"RELATED": related}
    for place, other in related.items():
        fields[f"relation_{place}"] = YesNoField(
            f"核实与{names[other]}的关系",
            yes="属实，两家不得同时参加",
            no="经核实，不影响两家同时参加",
            hint="负责人为同一人，或者存在直接控股、管理关系的，不得参加同一合同项下的采购活动；"
            "属于串通的，响应无效。认定属实的，两家的资格审查都不能通过。",
        )
        fields[f"relation_reason_{place}"] = LongTextField(
            f"对与{names[other]}的关系的认定理由",
            maximum=500,
            rows=3,
            hint="写明怎样核实、依据什么材料。写入评审报告。",
        )
    return type("CheckBidForm", (CheckBidForm,), fields)


def check_data(
    check: BidCheck | None, related: Mapping[int, str], decided: Mapping[str, BidderRelation]
) -> dict[str, Any]:
    """What the form starts with: what was found so far; `decided` is by the other bid."""
    data: dict[str, Any] = {}
    if check is not None:
        data = {"qualified": check.qualified, "conforms": check.conforms, "reason": check.reason}
    for place, other in related.items():
        if (found := decided.get(other)) is not None:
            data[f"relation_{place}"] = found.is_barred
            data[f"relation_reason_{place}"] = found.reason
    return data


class CompleteChecksForm(ProcureForm):
    """Closing the checks."""

    confirmed = ConfirmField("我确认全部审查意见")


class ScoresForm(ProcureForm):
    """Marks of one bid; `scores_form` adds points and reason for each factor."""

    def marks(self, criteria: Sequence[TenderCriterion]) -> tuple[Mark, ...]:
        """The marks as typed, in hundredths of a point."""
        return tuple(
            Mark(one.id, self[f"points_{one.position}"].data, self[f"reason_{one.position}"].data)
            for one in criteria
        )


def scores_form(criteria: Sequence[TenderCriterion]) -> type[ScoresForm]:
    """The form with points and reason for each factor of the tender."""
    fields: dict[str, Any] = {}
    for criterion in criteria:
        fields[f"points_{criterion.position}"] = HundredthsField(
            f"{criterion.name}的得分",
            least=0,
            most=Decimal(criterion.points) / 100,
            unit="分",
            optional=True,
            mark="锁定前必填",
        )
        fields[f"reason_{criterion.position}"] = LongTextField(
            f"{criterion.name}的评分理由",
            maximum=1000,
            rows=2,
            optional=True,
            mark="选填" if criterion.objective else "锁定前必填",
        )
    return type("ScoresForm", (ScoresForm,), fields)


def scores_data(criteria: Sequence[TenderCriterion], scores: Sequence[Score]) -> dict[str, Any]:
    """What the form starts with: the marks saved so far."""
    given = {score.criterion_id: score for score in scores}
    data: dict[str, Any] = {}
    for criterion in criteria:
        score = given.get(criterion.id)
        data[f"points_{criterion.position}"] = score.points if score else None
        data[f"reason_{criterion.position}"] = score.reason if score else ""
    return data


class LockScoresForm(ProcureForm):
    """Locking one's own marks."""

    confirmed = ConfirmField("我独立完成以上评分，确认锁定")


class LowPriceForm(ProcureForm):
    """What was asked and answered about a low price, and the finding."""

    asked_at = DateTimeField("要求供应商说明的时间")
    answer_until = DateTimeField("说明期限至", hint="一般不少于 30 分钟。")
    explanation = LongTextField(
        "供应商的说明和证明材料", optional=True, maximum=2000, rows=5, hint="没有说明的留空。"
    )
    basis = LongTextField(
        "判断依据",
        maximum=1000,
        rows=4,
        hint="同类项目成交价格、市场水平、行业收费标准、平均成本等；不得以注册资本、成立年限判断。",
    )
    reasonable = YesNoField("结论", yes="报价合理，继续评审", no="不能证明合理，投标无效")


SOUND = "sound"
"""The answer that no price is clearly unreasonable."""


class SignReportForm(ProcureForm):
    """A member's signature under the conclusions shown, and whether a price seems clearly
    unreasonable.
    """

    findings = HiddenField()
    prices = ChoiceField(
        "除已经审查的以外，是否认为有报价明显不合理、可能影响服务质量或者不能诚信履约",
        hint="选择某一家的，报告暂不签署，由组长先要求它书面说明，再登记审查结论。",
    )
    doubt = LongTextField(
        "认为这份报价明显不合理的理由",
        optional=True,
        mark="认为不合理时必填",
        maximum=500,
        rows=3,
    )
    dissent = LongTextField(
        "不同意见和理由",
        optional=True,
        maximum=2000,
        rows=4,
        hint="同意的留空。不签署又不书面说明的，视为同意。",
    )
    confirmed = ConfirmField("我已阅读以上评审结论，签署评审报告")

    def fit(
        self, tender: Tender, ranked: Sequence[RankedBid], names: Mapping[str, str]
    ) -> "SignReportForm":
        """Ask about the bids whose price nobody has judged yet; nothing where the price is fixed.
        Returns itself.
        """
        if tender.price_way is not PriceWay.LOW_PRICE_FIRST:
            del self.prices, self.doubt
            return self
        self.prices.choices = [
            Choice(SOUND, "没有"),
            *(
                Choice(row.bid_id, f"认为{names[row.bid_id]}的报价明显不合理")
                for row in ranked
                if row.rank is not None
            ),
        ]
        return self

    def question(self, review_id: str) -> QuestionPrice | None:
        """What to do instead of signing where a price seems unreasonable; None where none does."""
        if "prices" not in self or self.prices.data == SOUND:
            return None
        return QuestionPrice(review_id, self.prices.data, self.doubt.data or "")


class DecideWinnerForm(ProcureForm):
    """The decision; choices are the ranked bids."""

    bid = ChoiceField(
        "确定为成交人",
        hint="只能按名次确定；名次在前的依法不能成交的，由经办人先登记情形和证明材料。",
    )
    reason = LongTextField("需要记录的说明", optional=True, maximum=1000, rows=3)
    confirmed = ConfirmField("我代表采购人确定")

    def fit(
        self, ranked: Sequence[RankedBid], names: dict[str, str], passed: Container[str] = ()
    ) -> "DecideWinnerForm":
        """Offer the ranked bids in their order, but for those passed over; returns itself."""
        self.bid.choices = [
            Choice(
                row.bid_id,
                f"第 {row.rank} 名：{names[row.bid_id]}",
                f"{points_in_words(row.total_points)} 分",
            )
            for row in ranked
            if row.rank is not None and row.bid_id not in passed
        ]
        return self


class PassOverForm(ProcureForm):
    """That the first candidate cannot be chosen, on which ground, with the proof."""

    ground = ChoiceField("情形", choices=PassGround)
    reason = LongTextField(
        "情况说明", maximum=500, rows=4, hint="写明何时、怎样得知，怎样核实的。写入确定结果的理由。"
    )
    proof = FileField(
        "证明材料",
        accept=REPORTS,
        hint="例如加盖公章的放弃声明、查处决定、不可抗力的证明。",
    )
    confirmed = ConfirmField("以上情形属实，材料已核对")


class MoveSessionForm(ProcureForm):
    """Another time for the panel's session."""

    session_at = DateTimeField("评审开始时间")
    reason = LongTextField("调整的原因", maximum=300, rows=3)


class AnnounceResultForm(ProcureForm):
    """The announcement."""

    confirmed = ConfirmField("我确认公告内容无误")
