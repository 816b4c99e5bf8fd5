"""Who may be employed by an organisation, going by how people write its name."""

import pytest

from procure.kernel.employers import may_mean

NAME = "珠海市和风社会工作服务社"


@pytest.mark.parametrize(
    "typed",
    [
        "珠海和风社会工作服务社", "珠海市和风社工服务社", "和风社会工作服务社", "珠海和风社工", "和风社工", "珠海和风",
        "和风", "和风服务社", "珠海市和风社会工作服务中心", "珠海市和风社会工作服务社财务部", "和风社工服务社项目二部",
        "珠海市和风社会工作服务社办公室", "珠海市和风社会工作服务社（退休）", "珠海市和风社会工作服务社(退休",
        "珠海市和风社会工作服务社退休人员", "原珠海市和风社会工作服务社", "珠海市和风社会工作服务社（斗门）",
        "广东省珠海市和风社会工作服务社", "广东珠海和风社工", "中国广东省珠海市和风社会工作服务社",
        "珠海市斗门区和风社会工作服务社", "珠海香洲区狮山街道和风社工服务社", "和风社工服务社斗门站",
        "中山市某学院兼珠海市和风社会工作服务社", "某学院、和风社工服务社", "珠海市和风社会公作服务社",
        "珠海市和\u2fb5社会工作服务社", "ZH珠海市和风社会工作服务社",
    ],
)  # fmt: skip
def test_an_employer_is_seen_in_everyday_spellings_of_its_name(typed: str) -> None:
    assert may_mean(typed, NAME)
    assert may_mean(NAME, typed)


@pytest.mark.parametrize(
    "typed",
    [
        "", "珠海市", "珠海大学", "珠海市民政局", "社会工作服务社", "珠海市社会工作协会", "珠海市善邻社会工作服务社",
        "珠海市和平社会工作服务社", "珠海市和谐社会工作服务社", "珠海市和风里社会工作服务社", "珠海市和风幼儿园",
        "中山市和风社会工作服务社", "珠海市第一中学", "暨南大学社会学系", "（退休）", "自由职业",
    ],
)  # fmt: skip
def test_another_organisation_is_not_taken_for_the_employer(typed: str) -> None:
    assert not may_mean(typed, NAME)
    assert not may_mean(NAME, typed)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("珠海市民政局", "珠海市斗门区民政局", False),
        ("珠海市斗门区财政局", "珠海市斗门区民政局", False),
        ("翠香街道办事处", "珠海市香洲区狮山街道办事处", False),
        ("珠海市斗门区社会福利中心", "珠海市社会福利中心", False),
        ("珠海市斗门区善邻社工中心", "珠海市香洲区善邻社工中心", False),
        ("珠海市斗门区井岸镇和风社工站", "珠海市斗门区白蕉镇和风社工站", False),
        ("北京市朝阳区和风社工", "北京市海淀区和风社工", False),
        ("河南大学", "湖南大学", False),
        ("珠海市社会工作服务中心", "珠海市社会工作协会", False),
        ("斗门民政局", "珠海市斗门区民政局", True),
        ("珠海市斗门区民政局办公室", "珠海市斗门区民政局", True),
        ("狮山街道办事处", "珠海市香洲区狮山街道办事处", True),
        ("珠海社工协会", "珠海市社会工作者协会", True),
        ("成都市武侯区善邻社工", "成都市青羊区善邻社工", False),
        ("江门和风社工中心", "广东省江门市和风社会工作服务中心", True),
        ("增城区和风社工站", "广州市增城区和风社工站", True),
        ("北京和风社会工作事务所", "北京市和风社工", True),
        ("珠海市邻里守望者助老中心", "邻里守望助老中心", True),
        ("和风律所", "广东和风律师事务所", True),
    ],
)
def test_places_and_kinds_tell_names_apart(one: str, other: str, same: bool) -> None:
    assert may_mean(one, other) is same
    assert may_mean(other, one) is same
