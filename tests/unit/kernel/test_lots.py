"""Lots that are only named in a text, told from subcontracting and everyday words."""

import pytest

from procure.kernel.lots import named_lots


@pytest.mark.parametrize(
    "text",
    [
        "标项1 日间照料，标项２ 上门探访",
        "本项目分为2个包",
        "第一包：白藤街道；第二包：井岸镇",
        "包1 居家养老，包2 社工站",
        "包 二：助餐",
        "包A：康复",
        "Ａ包和Ｂ包分别报价",
        "一标为城东片，二标为城西片",
        "共分三个采购包",
        "划分为两个标段",
        "项目分包采购，每家限中一个",
        "分包一：日间照料",
        "允许兼投，不允许兼中",
    ],
)
def test_named_lots_finds_every_way_of_naming_them(text: str) -> None:
    assert named_lots(text)


@pytest.mark.parametrize(
    "text",
    [
        "本项目不分包，不划分标段。",
        "不得转包，也不得违法分包给他人",
        "本项目不允许分包",
        "包括日间照料、上门探访",
        "承包期内不打包工程，服务包、面包10个",
        "每人每月包3次探访，家庭照护包 2 份",
        "第一个标准：服务满意率",
        "统一标识、唯一标的、投标3家",
    ],
)
def test_named_lots_leaves_other_words_alone(text: str) -> None:
    assert named_lots(text) == ()


def test_named_lots_tells_each_word_once() -> None:
    assert named_lots("标项1，标项2，第1包") == ("标项", "第1包")
