"""Where a random walk begins, and what its people lean to: so that forty walks go everywhere."""

from dataclasses import dataclass

from procure.demonstration.route import Stop


@dataclass(frozen=True)
class Way:
    """A step that nobody has to take: who may, and the end of its address within the case.

    An address that begins with /budget is that of the case's budget line.
    """

    who: str
    end: str


@dataclass(frozen=True)
class Mood:
    """What a walk leans to, and what it is to come to by that. `harsh`: the first evaluation of a
    contract fails; `silent` are people who leave what waits for them.
    """

    name: str
    ways: tuple[Way, ...] = ()
    harsh: bool = False
    silent: tuple[str, ...] = ()
    leads_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Start:
    """A parked case of the demonstration, and the mood of its people."""

    stop: Stop
    mood: Mood


STRAIGHT = Mood("straight on")
HARSH = Mood(
    "a first evaluation that fails",
    harsh=True,
    leads_to=("rectification", "second evaluation"),
)
RETHOUGHT = Mood(
    "plans thought over",
    (
        Way("jingban", "/plan/recall"),
        Way("jingban", "/plan/adjust"),
        Way("jingban", "/plan/cancel"),
        Way("jingban", "/plan/discard"),
    ),
    leads_to=("plan called back, changed or dropped",),
)
CALLED_OFF = Mood(
    "purchases called off", (Way("shenhe", "/tender/termination"),), leads_to=("put out again",)
)
TOO_FEW = Mood(
    "bids taken back",
    tuple(Way(f"fuzeren{number}", "/bid/withdraw") for number in (1, 2, 3)),
)
ABSENT = Mood(
    "a panel that changes",
    (Way("jingban", "/review/session"), Way("jingban", "/review/candidate"))
    + tuple(Way(f"zhuanjia{number}", "/review/conflict") for number in range(1, 7)),
)
SETTLING = (Way("jingban", "/payments/settlement"), Way("jingban", "/payments/settlement"))
CUT_SHORT = Mood(
    "contracts cut short",
    (Way("jingban", "/contract/early-end"), *SETTLING),
    leads_to=("early end",),
)
REFUSING = Mood(
    "services refused",
    (Way("yanshou", "/acceptance/refuse"), *SETTLING),
    leads_to=("acceptance refused", "acceptance in part"),
)
SILENT = Mood(
    "money that nobody asks for",
    SETTLING,
    silent=("jigou1", "fuzeren1"),
    leads_to=("settlement",),
)
TAKEN_BACK = Mood(
    "payments taken back",
    tuple(Way("guoku", f"/payments/{position}/reverse") for position in (1, 2, 3, 4)),
    leads_to=("reversal",),
)
CORRECTED = Mood(
    "budget lines corrected",
    (
        Way("yusuan", "/budget/{line}/correction"),
        Way("yusuan2", "/budget/{line}/correction/decision"),
    ),
    leads_to=("budget line corrected",),
)

STARTS = (
    Start(Stop.MIDTERM, HARSH),
    Start(Stop.BIDDING, STRAIGHT),
    Start(Stop.BIDDING, CALLED_OFF),
    Start(Stop.DECLARING, STRAIGHT),
    Start(Stop.ACCEPTANCE, REFUSING),
    Start(Stop.MIDTERM, CUT_SHORT),
    Start(Stop.END, TAKEN_BACK),
    Start(Stop.SCORING, CALLED_OFF),
    Start(Stop.PLAN, RETHOUGHT),
    Start(Stop.SCORING, STRAIGHT),
    Start(Stop.ACCEPTANCE, SILENT),
    Start(Stop.BIDDING, TOO_FEW),
    Start(Stop.MIDTERM, STRAIGHT),
    Start(Stop.DECLARING, ABSENT),
    Start(Stop.ACCEPTANCE, TAKEN_BACK),
    Start(Stop.PLAN, CORRECTED),
    Start(Stop.MIDTERM, HARSH),
)
"""In turn: seventeen walks have been everywhere once."""
