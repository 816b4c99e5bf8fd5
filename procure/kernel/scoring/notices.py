"""What a person must be told about a scored case, in words: beside the figures, never in them."""

from procure.kernel.scoring.check import check_scheme
from procure.kernel.scoring.figures import unscaled
from procure.kernel.scoring.low_price import LowFlag
from procure.kernel.scoring.panel import outliers
from procure.kernel.scoring.rules import CITATIONS, in_procedure
from procure.kernel.scoring.scheme import Procedure
from procure.kernel.scoring.score import Outcome


def notices(outcome: Outcome) -> tuple[str, ...]:
    """Sentences for the panel: warnings about the scheme, why the case is void, parallel first
    place, bids to be explained (R-LOW-2), marks to be looked at again (R-SC-11)."""
    found = [f"{finding.message}{finding.remedy}" for finding in check_scheme(outcome.scheme)]
    if outcome.void_words:
        found.append(outcome.void_words)
    talks = outcome.scheme.procedure is Procedure.CONSULTATION
    drawing = in_procedure("R-AWD-3", consultation=talks)
    if outcome.parallel_first:
        found.append(
            f"{'、'.join(outcome.parallel_first)}并列第一，按采购文件规定的方式确定，"
            f"没有规定的随机抽取（{CITATIONS[drawing]}）。"
        )
    for standing in outcome.standings:
        for flag in LowFlag:
            if flag in standing.flags:
                found.append(
                    f"{standing.bidder}的报价{flag.label}，评审小组应要求其在不少于三十分钟的合理时间内"
                    f"说明并提供证明（{CITATIONS['R-LOW-1']}）。"
                )
    for one in outcome.tallies:
        if not one.reasons:
            found.extend(
                f"{hint.bidder}的“{hint.criterion}”：第 {hint.member + 1} 位成员打 "
                f"{unscaled(hint.mark).normalize():f} 分，与平均分 "
                f"{unscaled(hint.mean).normalize():f} 分相差较大，请复核或说明。"
                for hint in outliers(outcome.scheme, one.bid)
            )
    return tuple(found)
