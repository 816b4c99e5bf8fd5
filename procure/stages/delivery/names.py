"""How a person served is named on pages: never in full (个人信息保护法 art 28)."""


def masked(name: str) -> str:
    """The family name and a star: 陈*."""
    return f"{name[:1]}*" if name else ""


def person_words(code: str | None, name: str | None, people: int) -> str:
    """For whom a service was: the listed person by code and masked name, else how many people."""
    if code is not None:
        return f"{code} {masked(name or '')}"
    return f"{people:,} 人"


def time_words(minute: int) -> str:
    """A minute of the day as people read it: 570 is 09:30, 1440 is 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
