"""Invented agencies: one is known in every spelling of its name, two are never taken for one."""

from hypothesis import given
from hypothesis import strategies as st

from procure.kernel.employers import may_mean

PROVINCES = st.sampled_from(["广东", "湖南", "浙江", "四川"])
CITIES = st.sampled_from(["珠海", "石门", "临江", "青岩", "云浮"])
DISTRICTS = st.sampled_from(["斗门", "香洲", "金湾", "河西"])
BRANDS = st.lists(
    st.sampled_from("和善邻晴暖春晖朗悦星航恩泽舟桥禾苗"), min_size=2, max_size=3, unique=True
).map("".join)
KINDS = st.sampled_from(["社会工作", "养老", "助残", "居家养老", "家庭综合", "公益"])
FORMS = st.sampled_from(["服务社", "服务中心", "发展中心", "服务有限公司"])
PARTS = st.tuples(PROVINCES, CITIES, DISTRICTS, BRANDS, KINDS, FORMS)
PLACES = st.sampled_from(
    ["", "{city}", "{city}市", "{province}省{city}市", "{province}{city}", "{city}市{district}区", "{city}{district}区"]
)  # fmt: skip
TAILS = st.sampled_from(
    [
        "",
        "财务部",
        "办公室",
        "项目部",
        "人力资源部",
        "（退休）",
        "(已退休)",
        "退休",
        "【兼职】",
        "城东站",
    ]
)


@given(PARTS, PLACES, TAILS, st.sampled_from(["", "原"]), st.booleans())
def test_an_agency_is_known_in_every_spelling(
    parts: tuple[str, ...], place: str, tail: str, head: str, short: bool
) -> None:
    province, city, district, brand, kind, form = parts
    name = f"{city}市{brand}{kind}{form}"
    where = place.format(province=province, city=city, district=district)
    typed = f"{head}{where}{brand}{kind.replace('社会工作', '社工') if short else kind}{form}{tail}"

    assert may_mean(typed, name)
    assert may_mean(name, typed)


@given(PARTS, BRANDS, PLACES, FORMS, TAILS)
def test_an_agency_of_another_name_is_not_taken_for_it(
    parts: tuple[str, ...], brand: str, place: str, form: str, tail: str
) -> None:
    province, city, district, proper, kind, other_form = parts
    if brand.endswith(proper) or proper.endswith(brand):
        return  # 春和善 without its place may be 和善 of 春
    where = place.format(province=province, city=city, district=district)

    assert not may_mean(f"{where}{brand}{kind}{form}{tail}", f"{city}市{proper}{kind}{other_form}")


@given(PARTS, DISTRICTS, CITIES, FORMS)
def test_an_agency_of_another_place_is_not_taken_for_it(
    parts: tuple[str, ...], elsewhere: str, far: str, form: str
) -> None:
    _, city, district, brand, kind, other_form = parts
    name = f"{city}市{district}区{brand}{kind}{form}"

    assert may_mean(f"{city}市{elsewhere}区{brand}{kind}{other_form}", name) is (
        elsewhere == district
    )
    assert may_mean(f"{far}市{brand}{kind}{other_form}", name) is (far == city)
