"""The State Council's yearly notices on public holidays, 2018 to 2026, one line per festival.

A year is official only when it stands here. A notice may reach back into the December before it
(2018-12-29 to 31 were set by the notice for 2019), so dates are kept by notice, not by year. Add a
year when the General Office publishes its notice, usually in November.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, slots=True)
class Festival:
    """One festival as a notice arranges it: days off, and the weekend days worked in exchange."""

    name: str
    first: date
    last: date
    worked: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class OfficialYear:
    """The holidays of one year as announced; `notices` in order of issue, the last one decides."""

    year: int
    notices: tuple[str, ...]
    festivals: tuple[Festival, ...]


# Year line: the year and the numbers of the notices. Festival line: name, days off, days worked
# instead (调休上班). A date without a year lies in the year of the notice.
_NOTICES: Final = """
2018 国办发明电〔2017〕12号
    元旦 01-01
    春节 02-15..02-21 02-11 02-24
    清明节 04-05..04-07 04-08
    劳动节 04-29..05-01 04-28
    端午节 06-18
    中秋节 09-24
    国庆节 10-01..10-07 09-29 09-30
2019 国办发明电〔2018〕15号 国办发明电〔2019〕3号
    元旦 2018-12-30..01-01 2018-12-29
    春节 02-04..02-10 02-02 02-03
    清明节 04-05..04-07
    劳动节 05-01..05-04 04-28 05-05
    端午节 06-07..06-09
    中秋节 09-13..09-15
    国庆节 10-01..10-07 09-29 10-12
2020 国办发明电〔2019〕16号 国办发明电〔2020〕1号
    元旦 01-01
    春节 01-24..02-02 01-19
    清明节 04-04..04-06
    劳动节 05-01..05-05 04-26 05-09
    端午节 06-25..06-27 06-28
    国庆节、中秋节 10-01..10-08 09-27 10-10
2021 国办发明电〔2020〕27号
    元旦 01-01..01-03
    春节 02-11..02-17 02-07 02-20
    清明节 04-03..04-05
    劳动节 05-01..05-05 04-25 05-08
    端午节 06-12..06-14
    中秋节 09-19..09-21 09-18
    国庆节 10-01..10-07 09-26 10-09
2022 国办发明电〔2021〕11号
    元旦 01-01..01-03
    春节 01-31..02-06 01-29 01-30
    清明节 04-03..04-05 04-02
    劳动节 04-30..05-04 04-24 05-07
    端午节 06-03..06-05
    中秋节 09-10..09-12
    国庆节 10-01..10-07 10-08 10-09
2023 国办发明电〔2022〕16号
    元旦 2022-12-31..01-02
    春节 01-21..01-27 01-28 01-29
    清明节 04-05
    劳动节 04-29..05-03 04-23 05-06
    端午节 06-22..06-24 06-25
    中秋节、国庆节 09-29..10-06 10-07 10-08
2024 国办发明电〔2023〕7号
    元旦 01-01
    春节 02-10..02-17 02-04 02-18
    清明节 04-04..04-06 04-07
    劳动节 05-01..05-05 04-28 05-11
    端午节 06-10
    中秋节 09-15..09-17 09-14
    国庆节 10-01..10-07 09-29 10-12
2025 国办发明电〔2024〕12号
    元旦 01-01
    春节 01-28..02-04 01-26 02-08
    清明节 04-04..04-06
    劳动节 05-01..05-05 04-27
    端午节 05-31..06-02
    国庆节、中秋节 10-01..10-08 09-28 10-11
2026 国办发明电〔2025〕7号
    元旦 01-01..01-03 01-04
    春节 02-15..02-23 02-14 02-28
    清明节 04-04..04-06
    劳动节 05-01..05-05 05-09
    端午节 06-19..06-21
    中秋节 09-25..09-27
    国庆节 10-01..10-07 09-20 10-10
"""


def read_notices(text: str) -> tuple[OfficialYear, ...]:
    """Read year and festival lines as laid out above; ValueError when a line does not fit."""
    years: list[OfficialYear] = []
    for line in filter(str.strip, text.splitlines()):
        words = line.split()
        if line[0].isdigit():
            years.append(OfficialYear(int(words[0]), tuple(words[1:]), ()))
            continue
        known = years.pop()
        festival = _read_festival(words, known.year)
        years.append(OfficialYear(known.year, known.notices, (*known.festivals, festival)))
    return tuple(years)


def _read_festival(words: list[str], year: int) -> Festival:
    name, span, *worked = words
    first, _, last = span.partition("..")
    festival = Festival(
        name,
        _read_date(first, year),
        _read_date(last or first, year),
        tuple(_read_date(day, year) for day in worked),
    )
    if festival.last < festival.first:
        raise ValueError(f"{year} {name} ends before it starts")
    return festival


def _read_date(text: str, year: int) -> date:
    return date.fromisoformat(text if text.count("-") > 1 else f"{year}-{text}")


OFFICIAL_YEARS: Final = read_notices(_NOTICES)
