"""What recipients answered: five questions, scores, mean with its uncertainty, response. Pure.

Rulebook 6.8 [design]: five items on a scale of five, score = mean × 20, the share of answers is told,
and below 60 % the survey is repeated or decided over with a stated reason.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from procure.kernel.vocabulary import OpinionChannel

SATISFIED_FROM = 80
"""A slip counts as satisfied from 80 points: on the average 满意 in every question."""
LEAST_RESPONSE = Decimal("0.60")
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Question:
    """A question with its five answers, the best first (5 points down to 1)."""

    ident: str
    label: str
    words: str
    answers: tuple[str, str, str, str, str]


QUESTIONS: tuple[Question, ...] = (
    Question(
        "attitude",
        "服务态度",
        "工作人员对您的态度好不好？",
        ("很好", "好", "一般", "不好", "很不好"),
    ),
    Question(
        "punctual",
        "守时",
        "工作人员是不是按约定的时间为您服务？",
        ("每次都准时", "多数准时", "有时准时", "常常不准时", "几乎不来"),
    ),
    Question(
        "skill",
        "服务技能",
        "工作人员做事熟练不熟练？",
        ("很熟练", "熟练", "一般", "不熟练", "很不熟练"),
    ),
    Question(
        "effect",
        "服务效果",
        "这项服务对您的生活有没有帮助？",
        ("帮助很大", "有帮助", "一般", "帮助很小", "没有帮助"),
    ),
    Question(
        "again",
        "继续接受",
        "您愿不愿意继续接受这项服务？",
        ("非常愿意", "愿意", "都可以", "不太愿意", "不愿意"),
    ),
)
POINTS = (5, 4, 3, 2, 1)
FACTOR = 20 // len(QUESTIONS)

T_95 = [
    "12.706",
    "4.303",
    "3.182",
    "2.776",
    "2.571",
    "2.447",
    "2.365",
    "2.306",
    "2.262",
    "2.228",
    "2.201",
    "2.179",
    "2.160",
    "2.145",
    "2.131",
    "2.120",
    "2.110",
    "2.101",
    "2.093",
    "2.086",
    "2.080",
    "2.074",
    "2.069",
    "2.064",
    "2.060",
    "2.056",
    "2.052",
    "2.048",
    "2.045",
]
"""Two-sided 95 % points of Student's t for 1 to 29 degrees of freedom; beyond them the normal's."""
NORMAL_95 = Decimal("1.960")


@dataclass(frozen=True)
class Opinion:
    """What the answered slips of a round say together."""

    population: int
    sampled: int
    answered: int
    satisfied: int
    mean: Decimal
    low: Decimal
    high: Decimal
    by_question: tuple[Decimal, ...]
    channels: tuple[OpinionChannel, ...] = ()
    """The ways in which somebody answered."""

    @property
    def asked_how(self) -> str:
        """How recipients were asked: the sample, and the ways in which somebody answered."""
        ways = "、".join(channel.label for channel in self.channels)
        return f"系统随机抽样，{ways}" if ways else "系统随机抽样"

    @property
    def response(self) -> Decimal:
        """The share of the sample that answered; who could not be reached counts as silent."""
        return Decimal(self.answered) / self.sampled if self.sampled else Decimal(0)

    @property
    def is_enough(self) -> bool:
        """Whether at least 60 % of the sample answered."""
        return self.response >= LEAST_RESPONSE

    @property
    def satisfied_rate(self) -> Decimal:
        """The share of the answers that are satisfied."""
        return Decimal(self.satisfied) / self.answered if self.answered else Decimal(0)

    @property
    def mean_words(self) -> str:
        """The mean, with its interval where not everybody served has answered."""
        if self.answered >= self.population:
            return f"{self.mean} 分"
        return f"{self.mean} 分（95% 置信区间 {self.low} 至 {self.high} 分）"

    @property
    def words(self) -> str:
        """Everything in one sentence."""
        if not self.answered:
            return f"抽样 {self.sampled:,} 人，还没有人答复。"
        return (
            f"服务对象 {self.population:,} 人，抽样 {self.sampled:,} 人，答复 {self.answered:,} 人，"
            f"答复率 {percent_words(self.response)}；平均 {self.mean_words}，"
            f"满意率 {percent_words(self.satisfied_rate)}。"
        )

    def to_record(self) -> dict[str, Any]:
        """The figures as they are kept with a decision."""
        return {
            "population": self.population,
            "sampled": self.sampled,
            "answered": self.answered,
            "satisfied": self.satisfied,
            "mean": str(self.mean),
            "interval": [str(self.low), str(self.high)],
            "by_question": [str(score) for score in self.by_question],
            "channels": [channel.value for channel in self.channels],
        }

    @classmethod
    def from_record(cls, kept: Mapping[str, Any]) -> "Opinion":
        """The figures that a decision was made on."""
        low, high = kept["interval"]
        return cls(
            kept["population"],
            kept["sampled"],
            kept["answered"],
            kept["satisfied"],
            Decimal(kept["mean"]),
            Decimal(low),
            Decimal(high),
            tuple(Decimal(score) for score in kept["by_question"]),
            tuple(OpinionChannel(channel) for channel in kept["channels"]),
        )


def slip_score(answers: Sequence[int]) -> int:
    """The score of one slip out of 100: the mean of its answers times 20."""
    return sum(answers) * FACTOR


def summarise(
    population: int,
    sampled: int,
    slips: Sequence[Sequence[int]],
    channels: Collection[OpinionChannel] = (),
) -> Opinion:
    """Mean score, its 95 % interval with the correction for a finite population, response;
    `channels` are the ways in which the slips were answered.
    """
    scores = [slip_score(answers) for answers in slips]
    count = len(scores)
    mean = Decimal(sum(scores)) / count if count else Decimal(0)
    half = _half_width(scores, mean, population)
    return Opinion(
        population,
        sampled,
        count,
        sum(score >= SATISFIED_FROM for score in scores),
        _rounded(mean),
        _rounded(max(Decimal(0), mean - half)),
        _rounded(min(Decimal(100), mean + half)),
        tuple(
            _rounded(Decimal(sum(slip[at] for slip in slips)) * 20 / count) if count else Decimal(0)
            for at in range(len(QUESTIONS))
        ),
        tuple(channel for channel in OpinionChannel if channel in channels),
    )


def percent_words(share: Decimal) -> str:
    """A share in percent with one decimal."""
    return f"{(share * 100).quantize(Decimal('0.1'), ROUND_HALF_UP)}%"


def _half_width(scores: Sequence[int], mean: Decimal, population: int) -> Decimal:
    """Half of the interval; with one answer nothing can be said, so it spans all."""
    count = len(scores)
    if count == 0 or population <= count:
        return Decimal(0)
    if count == 1:
        return Decimal(100)
    variance = sum(((score - mean) ** 2 for score in scores), Decimal(0)) / (count - 1)
    finite = Decimal(population - count) / (population - 1)
    t = Decimal(T_95[count - 2]) if count - 1 <= len(T_95) else NORMAL_95
    return t * (variance / count * finite).sqrt()


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(HUNDREDTH, ROUND_HALF_UP)
