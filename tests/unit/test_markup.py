"""The reader of pages itself: it finds what a browser would have to mend, and mends nothing."""

import pytest

from tests import markup

PAGE = '<!doctype html><html lang="zh-Hans-CN"><head><title>页</title></head><body>{}</body></html>'

BROKEN = [
    "<p>一<div></p>",
    "<p>一<div>二</div></p>",
    "<ul><li>一</ul></li>",
    "<li>一",
    "<div>",
    "</span>",
    "<br></br>",
    "<div/>",
    "<table><tr><td>没有 tbody</td></tr></table>",
    "<table><tbody><tr><p>一</p></tr></tbody></table>",
    "<form><form></form></form>",
    "<a href='/'><a href='/'>一</a></a>",
    "<button><button>一</button></button>",
    "<select><div>一</div></select>",
    "<h1><h2>一</h2></h1>",
    "<svg><p>一</p></svg>",
    "<a href=x href=y>一</a>",
    "<p>&foo;</p>",
    "&nbsp",
    "<!--一--!>",
    "<textarea>",
]


@pytest.mark.parametrize("body", BROKEN)
def test_page_that_a_browser_would_mend_is_refused(body: str) -> None:
    with pytest.raises(markup.Malformed):
        markup.parse(PAGE.format(body))


def test_sound_page_is_read_as_it_is_shown() -> None:
    form = (
        '<form><input name="a" value="&lt;1&amp;2&gt;" required><textarea name="b">\n一&lt;\n二</textarea>'
        "<select><option>一</option></select></form>"
        '<table><tbody><tr><td>一<br>二</td></tr></tbody></table><svg><path d="M0"/></svg><!-- 三 -->'
    )
    root = markup.parse(PAGE.format(form))

    [field] = root.iter("input")
    [text] = root.iter("textarea")
    assert (field.attrib, text.text) == (
        {"name": "a", "value": "<1&2>", "required": ""},
        "一<\n二",
    )
    [cell] = root.iter("td")
    assert ["".join(cell.itertext()), cell[0].tail] == ["一二", "二"]
