"""`procure contract`: what a paper asks for, and one printed from a data file, through the same sandbox as
the site.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from procure.cli.status import DONE, REFUSED
from procure.kernel.errors import DomainError, Invalid
from procure.render.charts import ChartsUnavailable
from procure.render.documents import RenderedDocument, load_template
from procure.render.fields import TemplateFault, TemplateField
from procure.render.pdf import render_pdf

LARGEST_DATA = 16 * 1024**2


def add_contract(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `contract fields` and `contract render` to the command line."""
    contract = subparsers.add_parser("contract", help="合同和其他文书")
    verbs = contract.add_subparsers(dest="verb", required=True)
    fields = verbs.add_parser("fields", help="列出文书模板的字段、条款和相互核对")
    fields.add_argument("template", metavar="NAME[@VERSION]", help="文书模板，不写版本时用最新版")
    fields.set_defaults(run=run_fields)
    render = verbs.add_parser("render", help="按模板生成文书（PDF）")
    render.add_argument(
        "--template", required=True, metavar="NAME[@VERSION]", help="文书模板，不写版本时用最新版"
    )
    render.add_argument("data", type=Path, metavar="DATA.json", help="文书数据")
    render.add_argument("--out", required=True, type=Path, metavar="FILE.pdf", help="生成的文件")
    render.set_defaults(run=run_render)


def run_fields(options: argparse.Namespace) -> int:
    """List what the template asks for; 0 when it is there, 1 when it is not."""
    try:
        template = load_template(options.template)
    except DomainError as refusal:
        _say_refusal(refusal)
        return REFUSED
    print(f"{template.title}（{template.reference}）")
    for line in _lines_of(template.fields):
        print(line)
    for clause in template.clauses:
        kept = "必备" if clause.compulsory else "可以删去"
        print(f"条款 {clause.ident}　{clause.title}　{kept}　{clause.basis or ''}".rstrip())
    for check in template.checks:
        print(f"核对　{check.message}")
    return DONE


def _lines_of(fields: Mapping[str, TemplateField], path: str = "") -> Iterator[str]:
    for each in fields.values():
        needed = "可不填" if each.optional else "必填"
        options = f"：{'、'.join(each.options)}" if each.options else ""
        most = f"，不大于 {each.at_most}" if each.at_most is not None else ""
        yield f"{path}{each.name}　{each.label}　{each.kind.label}{options}，{needed}{most}"
        yield from _lines_of(each.fields, f"{path}{each.name}.")


def run_render(options: argparse.Namespace) -> int:
    """Print the paper; 0 when it is written, 1 when the data, a file or the template refuses."""
    try:
        document = render_pdf(options.template, _read_data(options.data))
        _write(options.out, document)
    except DomainError as refusal:
        _say_refusal(refusal)
        return REFUSED
    except ChartsUnavailable as missing:
        print(str(missing), file=sys.stderr)
        return REFUSED
    except TemplateFault as fault:
        print(f"文书模板本身有误，没有生成文书，请联系平台维护人员：{fault}", file=sys.stderr)
        return REFUSED
    answer = {
        "file": str(options.out),
        "sha256": document.sha256,
        "pages": document.pages,
        "template": f"{document.template}@{document.version}",
    }
    print(json.dumps(answer, ensure_ascii=False))
    return DONE


def _read_data(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_DATA:
            raise Invalid("data", f"数据文件 {path} 超过 16 MB。", remedy="请把明细改为附件。")
        data = json.loads(path.read_text("utf-8"))
    except OSError as failure:
        raise Invalid(
            "data", f"数据文件 {path} 读不到。", remedy="请核对文件的路径和权限。"
        ) from failure
    except UnicodeDecodeError as failure:
        raise Invalid(
            "data", f"数据文件 {path} 不是 UTF-8 编码。", remedy="请另存为 UTF-8 编码。"
        ) from failure
    except (ValueError, RecursionError) as failure:
        line = getattr(failure, "lineno", None)
        place = f"，第 {line} 行附近" if line else ""
        raise Invalid(
            "data", f"数据文件 {path} 不是有效的 JSON{place}。", remedy="请核对括号、引号和逗号。"
        ) from failure
    if not isinstance(data, dict):
        raise Invalid("data", "数据文件的最外层应是一组带名称的字段，即 { … }。")
    return data


def _write(path: Path, document: RenderedDocument) -> None:
    try:
        path.write_bytes(document.content)
    except OSError as failure:
        raise Invalid(
            "out", f"文件 {path} 写不进去。", remedy="请核对文件夹是否存在、是否允许写入。"
        ) from failure


def _say_refusal(refusal: DomainError) -> None:
    print(refusal.message, file=sys.stderr)
    if refusal.rule:
        print(f"依据：{refusal.rule}", file=sys.stderr)
    if refusal.remedy:
        print(refusal.remedy, file=sys.stderr)
