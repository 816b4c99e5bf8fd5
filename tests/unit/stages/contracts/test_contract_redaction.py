"""What the public copy hides in running text: the number, however it is set apart, and nothing else."""

import itertools
import random

import pytest

from procure.stages.contracts.redaction import Known, redacted

INSTEAD = "■"
BLANKS = (" ", "\u3000", "\u00a0", "\u2002", "\u2009", "\u202f", "\t", "  ")
DASHES = ("-", "－", "–", "—", "‐", "‑", "−", "﹣", " - ", "——")
DOTS = (".", "．", "·", "・", "•")
HIDDEN_SIGNS = ("\u200b", "\u2060", "\ufeff", "\u00ad")
SEPARATORS = (*BLANKS, *DASHES, *DOTS, *HIDDEN_SIGNS)

MOBILES = (("138", "0013", "8000"), ("138", "001", "38000"), ("1380", "0138", "000"))
FIXED = (("0756", "1234567"), ("0756", "123", "4567"), ("020", "8765", "4321"), ("010", "66554433"))
SERVICES = (("400", "800", "1234"), ("4008", "001", "234"), ("800", "8301234"))
ACCOUNTS = (
    ("6222", "0200", "0011", "2233", "445"),
    ("62220", "20000", "11223", "3445"),
    ("3602", "0001", "1920", "0123456"),
    ("622202", "0000112233445"),
    ("44350", "01040", "0012345"),
    ("2010", "0207", "1920", "0011", "223"),
    ("1234", "5678", "9012"),
)
CITIZENS = (("440402", "19900101", "0014"), ("440402199001010014",), ("44040219800101123X",))
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def hidden(text: str, known: Known | None = None) -> str:
    return redacted(text, known or Known(), INSTEAD)


@pytest.mark.parametrize("groups", [*MOBILES, *FIXED, *SERVICES, *ACCOUNTS, *CITIZENS], ids="".join)
def test_number_is_hidden_whatever_is_set_between_its_figures(groups: tuple[str, ...]) -> None:
    chosen = random.Random("".join(groups))
    spellings = {sign.join(groups) for sign in SEPARATORS}
    spellings.add("".join(groups))
    if len(groups) > 1:
        spellings |= {
            f"({groups[0]}){''.join(groups[1:])}",
            f"（{groups[0]}）{' '.join(groups[1:])}",
        }
    # Two kinds of separators in one number, by chance.
    for _ in range(20):
        parts = [part + chosen.choice(SEPARATORS) for part in groups[:-1]]
        spellings.add("".join(parts) + groups[-1])
    for spelling, (before, after) in itertools.product(
        spellings, (("联系", "，谢谢。"), ("", ""), ("wx", "，"), ("请记下：", "（王芳）"))
    ):
        for written in (spelling, spelling.translate(WIDE)):
            if before == "wx" and written[0] in "(（":
                continue
            assert hidden(before + written + after) == before + INSTEAD + after, written


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("(+86) 138 0013 8000", "■"),
        ("+86-756-1234567", "■"),
        ("电话1234567（斗门）", "电话■（斗门）"),
        ("手机一三八零零一三八零零零", "手机■"),
        ("0756一1234567", "■"),
        ("6 2 2 2 0 2 0 0 0 0 1 1 2 2 3 3 4 4 5", "■"),
        ("账号：622 202 000 011 223 344 5", "账号：■"),
        ("QQ 123456789", "QQ ■"),
        ("2026-07-01 13800138000", "2026-07-01 ■"),
        ("13800138000 / 0756-1234567", "■ / ■"),
        ("来信 wang.fang＠example．com 即可", "来信 ■ 即可"),
        ("a@mail.example.com.cn、b_1@qq.com。", "■、■。"),
    ],
)
def test_other_ways_to_write_what_is_private(text: str, left: str) -> None:
    assert hidden(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "面积 1200 1300 1400 平方米",
        "建筑面积1200、1300、1400平方米",
        "分别为 1200 1300 1400 1500 元",
        "预算2026年度1728000元",
        "合同金额 ¥1,854,000.00（壹佰捌拾伍万肆仟元整）",
        "1,728,000.00 1,854,000.00",
        "单价 120000000000 元",
        "12.50 13.75 14.25 15.00 16.25 17.50",
        "2026-07-01 至 2027-06-30",
        "2026-07-01 2027-06-30",
        "2026.07.01-2027.06.30",
        "20260701-20270630",
        "2026/07/01 09:30:15",
        "2024 2025 2026 年",
        "2026年 0101",
        "标准 GB/T 38600-2020、GB 50300—2013",
        "财库〔2015〕124号",
        "项目编码 4404032026000123456789",
        "项目编号：DMMZ-ZC-20260701-0017",
        "社工 3 4 5 6 7 8 9 10 11 12 13 名",
        "第 1 2 3 4 5 6 7 8 9 10 11 12 条",
        "每周一 8:00-12:00、14:30-17:30",
        "统一社会信用代码 91440300708461136T",
        "二〇二六年七月一日",
        "校验码 " + "5a13800138000b9c" * 4,
    ],
)
def test_what_is_no_number_of_anybody_stays(text: str) -> None:
    assert hidden(text) == text


def test_what_is_known_of_the_contract_is_hidden_wherever_it_is_written() -> None:
    known = Known(
        numbers={"44350 01040 0012", "0756-5550118", "1234567890"},
        names={"林芬", "珠海农商银行井岸支行"},
        codes={"4404032026000123456789"},
    )
    for text, left in (
        ("汇至 4435,0010,4000,12 即可", "汇至 ■ 即可"),
        ("汇至 44350/01040/0012 元", "汇至 ■ 元"),
        ("44350\n010400012", "■"),
        ("找林　芬（5550118）", "找■（■）"),
        ("开户行珠海农商银行 井岸支行", "开户行■"),
        ("见 4404032026000123456789", "见 4404032026000123456789"),
        ("一二三四五六七八九零", "■"),
    ):
        assert hidden(text, known) == left
