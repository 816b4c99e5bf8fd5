"""The form library never speaks English through us."""

import re
from pathlib import Path

import pytest
import wtforms
from wtforms import validators

from procure.web.messages import STOCK_MESSAGES, UNKNOWN, ChineseTranslations, FieldMessage

CHINESE = re.compile(r"[\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd]")


def stock_texts() -> list[str]:
    """Every text the installed form library can show."""
    catalogue = Path(wtforms.__file__).parent / "locale" / "wtforms.pot"
    found = re.findall(r'^msgid "(.+)"$', catalogue.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(found) > 30
    return found


@pytest.mark.parametrize("text", stock_texts())
def test_gettext_every_stock_text_has_chinese_words(text: str) -> None:
    words = ChineseTranslations().gettext(text)

    assert CHINESE.search(words)
    assert set(PLACEHOLDER.findall(words)) <= set(PLACEHOLDER.findall(text))


@pytest.mark.parametrize("text", STOCK_MESSAGES)
def test_ngettext_one_and_many_read_the_same(text: str) -> None:
    translations = ChineseTranslations()

    assert translations.ngettext(text, "other", 1) == translations.ngettext(text, "other", 2)


def test_gettext_text_nobody_knows_becomes_plain_chinese() -> None:
    assert ChineseTranslations().gettext("Something new.") == UNKNOWN


def test_gettext_chinese_text_stays() -> None:
    assert ChineseTranslations().gettext("请填写名称。") == "请填写名称。"


def test_gettext_file_size_names_both_bounds() -> None:
    words = ChineseTranslations().gettext("File must be between 0 and 500 bytes.")

    assert words == "文件大小应当在 0 至 500 字节之间，请换一个文件。"


STOCK_VALIDATORS = [
    (validators.DataRequired(), ""),
    (validators.InputRequired(), ""),
    (validators.Length(min=3), "a"),
    (validators.Length(max=3), "abcd"),
    (validators.Length(min=2, max=2), "abc"),
    (validators.Length(min=2, max=3), "abcd"),
    (validators.Regexp("x"), "y"),
    (validators.URL(), "y"),
    (validators.UUID(), "y"),
    (validators.IPAddress(), "y"),
    (validators.MacAddress(), "y"),
    (validators.AnyOf(["x"]), "y"),
    (validators.NoneOf(["y"]), "y"),
    (validators.EqualTo("other"), "y"),
]


@pytest.mark.parametrize(("validator", "typed"), STOCK_VALIDATORS)
def test_validate_every_stock_validator_answers_in_chinese(validator: object, typed: str) -> None:
    class Stock(wtforms.Form):
        class Meta(wtforms.meta.DefaultMeta):
            def get_translations(self, form: wtforms.Form) -> ChineseTranslations:
                return ChineseTranslations()

        other = wtforms.StringField()
        one = wtforms.StringField("一项", [validator])

    form = Stock(data={"one": typed, "other": "z"})
    form.one.raw_data = [typed] if typed else []

    assert not form.validate()
    assert all(CHINESE.search(error) for error in form.one.errors)
    assert not re.search(r"[A-Za-z]{4,}", form.one.errors[0].replace("https", ""))


def test_field_message_is_its_words_and_knows_rule_and_remedy() -> None:
    message = FieldMessage("太少。", "《某法》第一条", "请补足。")

    assert message == "太少。"
    assert (message.rule, message.remedy) == ("《某法》第一条", "请补足。")
