"""What an audit package says is decided column by column; a new column waits for a decision."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from procure.desks.auditing.contents import CONTENTS, Content, Names, masked
from procure.registers.accounts.models import RoleGrant
from procure.registers.deadlines.models import Deadline

DECIDED = Path(__file__).with_name("audit_columns.txt")
"""A line for each table: what an audit package says of it."""

SECRETS = {
    "password_hash",
    "totp_secret",
    "email",
    "phone",
    "bank_account",
    "token_digest",
    "draft",
}
"""What no package may hold, whoever decided it."""


def exported(contents: Iterable[Content]) -> list[str]:
    """The columns that go out, table by table, as they stand in the list."""
    return [f"{one.table.name}: {' '.join(sorted(one.exported))}" for one in contents]


def test_every_column_that_goes_out_was_decided_on() -> None:
    assert sorted(exported(CONTENTS)) == DECIDED.read_text("utf-8").splitlines()
    assert not [one for one in CONTENTS if SECRETS & set(one.exported)]


def test_a_new_column_and_a_new_table_wait_for_a_decision() -> None:
    grown = replace(next(one for one in CONTENTS if one.model is Deadline), but="permission")
    known = set(DECIDED.read_text("utf-8").splitlines())

    assert [line for line in exported([grown]) if line not in known]
    assert [line for line in exported([Content(RoleGrant, "id")]) if line not in known]


def test_what_is_named_as_kept_back_is_a_column() -> None:
    for one in CONTENTS:
        columns = {column.name for column in one.table.columns}
        assert {*one.exported, *one.but.split()} <= columns, one.table.name


def test_names_are_replaced_however_deep_and_the_longest_first() -> None:
    names = Names({"欧阳秋": "R2", "欧阳秋菊": "R1"})

    assert names.scrub({"a": ["为欧阳秋菊洗头", 3, None], "b": "欧阳秋"}) == {
        "a": ["为R1洗头", 3, None],
        "b": "R2",
    }
    assert names.occur_in("欧阳秋菊来了")
    assert not Names({}).occur_in("任何文字")
    assert Names({}).scrub("任何文字") == "任何文字"


def test_masked_name_keeps_the_family_name_alone() -> None:
    assert masked("陆向晚") == "陆**"
    assert masked("") == ""
