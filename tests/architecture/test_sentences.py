"""Nothing is stated that nobody said: each fixed sentence of a paper, notice, letter or mail has its
source (`tests/sentences.py` says how, and `python -m tests.sentences` writes the lists anew).
"""

import ast
from pathlib import Path

import pytest
from sqlalchemy import MetaData

from procure import wiring
from procure.store.base import Base
from tests.sentences import (
    Wording,
    fault_of_source,
    faults_of,
    of_module,
    of_template,
    wordings,
)

WORDINGS = {wording.name: wording for wording in wordings()}


assert wiring, "loads every table"


@pytest.fixture(scope="module")
def tables() -> MetaData:
    return Base.metadata


@pytest.mark.parametrize("name", sorted(WORDINGS))
def test_every_sentence_has_a_source(name: str, tables: MetaData) -> None:
    faults = faults_of(WORDINGS[name], tables)

    assert not faults, "\n".join([*faults, f"then: python -m tests.sentences {name}"])


PAGE = """
<p>付款条件{{ gate }}已具备，各项材料齐全。</p>
{% if objections %}<p>供应商没有提出异议。</p>{% endif %}
<p>有效期自截止之日起 {{ days }} 日。</p>
{{ facts([["开启", "线上开启，全部供应商在场"]]) }}
<th>金额</th>
"""


def registered(folder: Path, page: str, rows: str) -> Wording:
    register = folder / "sentences.toml"
    register.write_text(rows, encoding="utf-8")
    return Wording("planted", tuple(of_template(page)), register)


def row(text: str, *sources: str) -> str:
    return f'[[sentence]]\ntext = "{text}"\nsource = {list(sources)}\n'


def test_sentences_of_a_page_are_found_with_their_conditions() -> None:
    found = {one.text: one.conditional for one in of_template(PAGE)}

    assert found == {
        "付款条件{gate}已具备，各项材料齐全。": False,
        "供应商没有提出异议。": True,
        "有效期自截止之日起 {days} 日。": False,
        "线上开启，全部供应商在场": False,
    }


def test_sentences_of_a_module_are_found_without_refusals_and_docstrings() -> None:
    source = '''
"""说明：本模块没有句子。"""
NOTE = "采购人已核对，" "材料齐全。"
def told(case):
    """返回一句话，全部符合。"""
    refused("您不能办理，请联系经办人。", remedy="请等待，稍后再试。")
    return f"共 {case.count} 份，当场开启。" if case.count else "没有收到响应文件。"
'''

    assert [(one.text, one.conditional) for one in of_module(ast.parse(source))] == [
        ("采购人已核对，材料齐全。", False),
        ("共 {case.count} 份，当场开启。", True),
        ("没有收到响应文件。", True),
    ]


def test_a_sentence_without_source_and_a_stale_one_are_faults(
    tmp_path: Path, tables: MetaData
) -> None:
    rows = row("有效期自截止之日起 {days} 日。", "row: tender.validity_days") + row(
        "已删去，", "clause"
    )

    faults = faults_of(registered(tmp_path, PAGE, rows), tables)

    assert "no source: 供应商没有提出异议。" in faults
    assert "no longer said: 已删去，" in faults
    assert not [fault for fault in faults if "有效期" in fault]


def test_a_fact_is_no_clause_unless_something_decides_whether_it_is_printed(
    tmp_path: Path, tables: MetaData
) -> None:
    asserted, asked = "付款条件{gate}已具备，各项材料齐全。", "供应商没有提出异议。"

    faults = faults_of(
        registered(tmp_path, PAGE, row(asserted, "clause") + row(asked, "clause")), tables
    )

    assert f"a fact that nobody said: {asserted}" in faults
    assert f"a fact that nobody said: {asked}" not in faults


FORM = "procure.stages.tenders.forms.ScheduleForm"


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("clause", ""),
        ("law: GPL 52", ""),
        ("law: GPX 52", "unknown law GPX"),
        ("row: tender.validity_days", ""),
        ("row: tender.validity", "no column tender.validity"),
        ("row: nothing.id", "no column nothing.id"),
        (f"answer: {FORM}.validity_days -> tender.validity_days", ""),
        (f"answer: {FORM}.nothing -> tender.validity_days", f"no answer {FORM}.nothing"),
        (f"answer: {FORM}.validity_days -> tender.nothing", "no column tender.nothing"),
        ("computed: procure.stages.tenders.wording.tie_rule", ""),
        ("computed: procure.stages.tenders.papers.nothing", "no function procure.stages.tenders.papers.nothing"),
        ("hearsay: somebody", "unknown kind of source “hearsay: somebody”"),
    ],
)  # fmt: skip
def test_a_source_must_exist(source: str, fault: str, tables: MetaData) -> None:
    assert fault_of_source(source, tables) == fault
