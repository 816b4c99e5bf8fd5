"""What the page of a case and those of its stages say to whom: each thing once, the due act first."""

from collections import Counter
from xml.etree.ElementTree import Element

import pytest

from tests.page_client import Page, tags, visible_text
from tests.world import World

MIDTERM, ACCEPTED, FINISHED = "DMMZ-2026-001", "DMMZ-2025-002", "DMMZ-2025-001"


def of_class(root: Element, name: str) -> list[Element]:
    return [one for one in root.iter() if name in (one.get("class") or "").split()]


def words(element: Element) -> str:
    return " ".join(visible_text(element).removesuffix(element.tail or "").split())


def acts(page: Page) -> tuple[list[str], list[str]]:
    """What a page offers as its act, and what lies one click away."""
    [main] = tags(page.root, "main")
    folded = [words(one) for back in of_class(main, "ways-back") for one in of_class(back, "btn")]
    return [words(one) for one in of_class(main, "btn-primary")], folded


@pytest.mark.parametrize("username", ["jingban", "jigou1", "shenji"])
@pytest.mark.parametrize("number", [MIDTERM, FINISHED])
def test_a_case_shows_each_paper_and_each_heading_once(
    shared_walked: World, username: str, number: str
) -> None:
    page = shared_walked.client(username).get(f"/projects/{number}")

    digests = Counter(words(code) for code in tags(page.root, "code"))
    headings = Counter(words(one) for one in tags(page.root, "h2"))
    links = Counter(link for link in page.links() if link.startswith("/documents/"))
    assert len(links) > 3 and set(links.values()) == {1}
    assert set(digests.values()) == {1}
    assert set(headings.values()) == {1}
    title = words(tags(page.root, "h1")[0])
    [side] = of_class(page.root, "case-side")
    assert title not in words(side), "the page says once whose papers they are"


def test_a_case_that_waits_for_others_says_for_whom_and_until_when(shared_walked: World) -> None:
    page = shared_walked.client("jingban").get(f"/projects/{MIDTERM}")

    [box] = of_class(page.root, "next-step")
    [heading] = tags(box, "h2")
    assert box.get("aria-labelledby") == heading.get("id")
    assert words(heading) == "等待他人办理"
    assert "绩效评价：评估进行中，等待评估负责人" in words(box)
    assert "最迟应于 12月11日 完成" in words(box)
    assert acts(page) == ([], ["申请提前终止合同", "收回评估委派（中期评估）"])


def test_an_unfinished_section_is_done_before_the_whole_is_checked(shared_walked: World) -> None:
    evaluation = shared_walked.client("pinggu1").get(f"/projects/{MIDTERM}/evaluations/midterm")
    acceptance = shared_walked.client("yanshou").get(f"/projects/{ACCEPTED}/acceptance")

    assert acts(evaluation) == (["继续办理：项目管理"], ["退出绩效评价"])
    assert "尚未评分" not in evaluation.text
    assert visible_text(evaluation.root).count("最迟应于 12月11日 完成") == 1
    assert acts(acceptance) == (["继续办理：服务对象意见"], ["确认验收不合格"])
    assert [words(one) for one in of_class(acceptance.root, "btn-outline-primary")] == [
        "核对并确认验收结果"
    ]


@pytest.mark.parametrize(
    "username", ["jingban", "shenhe", "fuzeren1", "jigou1", "yanshou", "guoku"]
)
def test_no_page_of_a_case_offers_more_than_one_act_as_its_own(
    shared_walked: World, username: str
) -> None:
    client = shared_walked.client(username)
    looked_at = 0
    for number in (MIDTERM, ACCEPTED, FINISHED):
        for page in ("", "/contract", "/delivery", "/acceptance", "/payments", "/payments/2"):
            path = f"/projects/{number}{page}"
            if client.raw("GET", path).status_code != 200:
                continue
            looked_at += 1
            first, folded = acts(client.get(path))
            assert len(first) <= 1, path
            assert not set(first) & set(folded), path
    assert looked_at >= 6
