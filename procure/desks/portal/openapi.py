"""The description of the public data in OpenAPI 3.1."""

from typing import Any

from procure.kernel.paging import MAX_PAGE
from procure.kernel.vocabulary import NoticeKind

Schema = dict[str, Any]


def _text(words: str, **more: Any) -> Schema:
    return {"type": "string", "description": words, **more}


def _number(words: str) -> Schema:
    return {"type": "integer", "description": words}


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_LINE: dict[str, Schema] = {
    "number": _text("公告编号"),
    "kind": _text("公告种类", enum=[kind.value for kind in NoticeKind]),
    "kind_label": _text("公告种类的中文名称"),
    "title": _text("标题"),
    "project": _text("项目编号"),
    "buyer": _text("采购人"),
    "published_at": _text("发布时刻，北京时间", format="date-time"),
    "period_until": {"type": ["string", "null"], "format": "date", "description": "公告期限至"},
    "url": _text("本公告数据的网址", format="uri"),
    "html_url": _text("本公告网页的网址", format="uri"),
}

SCHEMAS: dict[str, Schema] = {
    "NoticeLine": _object(**_LINE),
    "Notice": _object(
        **_LINE,
        sections=_list(
            _object(
                title=_text("部分的名称"),
                rows=_list({"type": "array", "items": {"type": "string"}}),
            )
        ),
        sha256=_text("公告全文的 SHA-256"),
        text=_text("公告全文的规范写法，校验码由它算出"),
    ),
    "NoticePage": _object(
        page=_number("第几页"),
        pages=_number("共几页"),
        total=_number("共几份"),
        notices=_list(_ref("NoticeLine")),
    ),
    "Checkpoints": _object(
        at=_text("整点时刻", format="date-time"),
        heads=_list(
            _object(
                project=_text("项目编号"),
                stream=_text("记录链的名称"),
                seq=_number("该时刻的最后一条"),
                hash=_text("最后一条的散列值"),
            )
        ),
        text_sha256=_text("由 at 和 heads 组成的规范 JSON 的 SHA-256"),
        signature=_text("平台对该规范 JSON 的 Ed25519 签名，base64"),
        public_key=_text("平台的公钥，base64"),
    ),
    "Refusal": _object(
        error={
            "type": "object",
            "properties": {
                "message": _text("哪里不对"),
                "rule": {"type": ["string", "null"], "description": "依据"},
                "remedy": {"type": ["string", "null"], "description": "怎样改正"},
                "number": _text("故障编号"),
            },
            "required": ["message", "rule", "remedy"],
            "additionalProperties": False,
        }
    ),
}


def _query(name: str, words: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": words, "schema": schema}


def _get(words: str, answer: str, *parameters: Schema, refusals: tuple[int, ...] = ()) -> Schema:
    def content(name: str) -> Schema:
        return {"application/json": {"schema": _ref(name)}}

    responses = {"200": {"description": words, "content": content(answer)}}
    for status in refusals:
        responses[str(status)] = {"description": "不能回答的请求", "content": content("Refusal")}
    return {"get": {"summary": words, "parameters": list(parameters), "responses": responses}}


def describe(public_url: str) -> Schema:
    """The whole description, for a site at this address."""
    kinds = [kind.value for kind in NoticeKind]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "政府购买服务平台公开数据",
            "version": "1",
            "description": "只读的公开数据，不用登录。金额以元为单位写在公告内容里，时刻为北京时间。",
        },
        "servers": [{"url": public_url}],
        "paths": {
            "/api/notices": _get(
                "公告列表",
                "NoticePage",
                _query(
                    "q",
                    "查找的文字，以空格分开的各个词都要出现",
                    {"type": "string", "maxLength": 100},
                ),
                _query("kind", "公告种类", {"type": "string", "enum": kinds}),
                _query(
                    "page",
                    "第几页，从 1 开始",
                    {"type": "integer", "minimum": 1, "maximum": MAX_PAGE},
                ),
                _query(
                    "sort",
                    "排序，前加减号为从大到小",
                    {
                        "type": "string",
                        "enum": [
                            f"{sign}{key}"
                            for key in ("published", "title", "number", "buyer")
                            for sign in ("", "-")
                        ],
                    },
                ),
                refusals=(400,),
            ),
            "/api/notices/{number}": _get(
                "一份公告",
                "Notice",
                {"name": "number", "in": "path", "required": True, "schema": {"type": "string"}},
                refusals=(404,),
            ),
            "/api/checkpoints": _get("公开项目记录链的整点链头", "Checkpoints"),
        },
        "components": {"schemas": SCHEMAS},
    }
