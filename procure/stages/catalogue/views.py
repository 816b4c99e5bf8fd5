"""Pages of the catalogue.

| address | method | endpoint | who |
|---|---|---|---|
| /catalogue | GET | catalogue.index | everybody, drafts only the keeper; also as a file |
| /catalogue/new | GET POST | catalogue.draft | catalogue keeper |
| /catalogue/<code> | GET | catalogue.show | everybody |
| /catalogue/<code>/<edition> | GET | catalogue.show_edition | everybody |
| /catalogue/<code>/<edition>/edit | GET POST | catalogue.edit | catalogue keeper |
| /catalogue/<code>/<edition>/revise | POST | catalogue.revise | catalogue keeper |
| /catalogue/<code>/<edition>/publish | GET POST | catalogue.publish | catalogue keeper |
| /catalogue/<code>/<edition>/retire | GET POST | catalogue.retire | catalogue keeper |
"""

from dataclasses import asdict

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from procure.kernel.access import Permission
from procure.kernel.lifecycle import CatalogueItemState, label_of
from procure.render.sheets import CellKind
from procure.stages.catalogue import pages, policies, queries, use_cases
from procure.stages.catalogue.forms import (
    ItemForm,
    NewItemForm,
    PublishItemForm,
    RetireItemForm,
)
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.catalogue.queries import ItemRow
from procure.stages.catalogue.shipped import ItemData
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import current_actor, permits, read_session
from procure.web.columns import Col, Where, state_choices
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list
from procure.web.presenters import Badge, Link
from procure.web.steps import Press, Step, press, step

Answer = str | Response | tuple[str, int]

blueprint = Blueprint("catalogue", __name__, url_prefix="/catalogue")


@blueprint.get("")
@permits(Permission.PUBLIC)
@shows_list("catalogue/index.html")
def index() -> ListOf[ItemRow]:
    """The catalogue."""
    actor = current_actor()
    classes = queries.classes(read_session())
    keeps = actor.may(Permission.CATALOGUE_KEEP)
    states = [s for s in CatalogueItemState if keeps or s is not CatalogueItemState.DRAFT]
    return ListOf(
        title="政府购买服务指导性目录",
        source=queries.items_in_view(actor),
        columns=(
            Col("name", "服务事项", sort=True),
            Col("code", "编号", sort=True),
            Col("edition", "版次", lambda row: f"第 {row.edition} 版", where=Where.UNDER),
            Col("class", "类别", lambda row: row.class_name, sort=True),
            Col("mode", "购买方式", lambda row: row.mode.label),
            Col("unit", "计量单位"),
            Col("state", "状态", lambda row: Badge(row.state)),
            Col(
                "published",
                "发布时间",
                lambda row: row.published_at,
                CellKind.INSTANT,
                where=Where.FILE,
                sort=True,
            ),
        ),
        href=lambda row: _address(row.code, row.edition),
        filters=(
            Filter("class", "类别", tuple((one.code, f"{one.code} {one.name}") for one in classes)),
            Filter("state", "状态", state_choices(states)),
        ),
        search="查找名称或编号",
        noun="条目",
        measure="个",
        empty="目录里还没有条目。",
        empty_action=Link(label_of("draft_item"), url_for(".draft")) if keeps else None,
        shows=lambda: {"may_draft": policies.may_keep(actor)},
    )


@step(blueprint, "/new", Permission.CATALOGUE_KEEP, "catalogue/edit.html")
def draft() -> Step[object]:
    """Begin an item."""
    form = NewItemForm()
    form.offer(queries.classes(read_session()))
    return Step(
        form=form,
        act=form.act(use_cases.draft_item, content=lambda: form.command(ItemData)),
        done="目录条目已保存，还没有发布。",
        back=lambda _: _address(form.code.data, 1),
        shows=lambda: {"item": None},
    )


@blueprint.get("/<code>")
@permits(Permission.PUBLIC)
def show(code: str) -> ResponseReturnValue:
    """The edition in use."""
    return _show(queries.get_edition(read_session(), current_actor(), code))


@blueprint.get("/<code>/<int:edition>")
@permits(Permission.PUBLIC)
def show_edition(code: str, edition: int) -> ResponseReturnValue:
    """One edition."""
    return _show(_edition(code, edition))


@step(blueprint, "/<code>/<int:edition>/edit", Permission.CATALOGUE_KEEP, "catalogue/edit.html")
def edit(code: str, edition: int) -> Step[object]:
    """Change a draft."""
    item = _edition(code, edition)
    indicators = queries.indicators_of(read_session(), item.id)
    form = ItemForm(version=item.version, data=asdict(use_cases.content_of(item, indicators)))
    return Step(
        form=form,
        verdict=policies.may_edit_item(current_actor(), item),
        act=form.act(
            use_cases.edit_item,
            item.id,
            content=lambda: form.command(ItemData, item.class_code, item.code),
        ),
        done="目录条目已保存。",
        back=_address(code, edition),
        shows=lambda: {"item": item},
    )


@press(blueprint, "/<code>/<int:edition>/revise", Permission.CATALOGUE_KEEP)
def revise(code: str, edition: int) -> Press[str]:
    """Begin the next edition."""
    item_id = _edition(code, edition).id

    def begin(uow: UnitOfWork) -> str:
        made = use_cases.revise_item(uow, use_cases.ReviseItem(item_id))
        return url_for(".edit", code=made.code, edition=made.edition)

    return Press(act=begin, back=str, page=url_for(".show_edition", code=code, edition=edition))


@step(
    blueprint, "/<code>/<int:edition>/publish", Permission.CATALOGUE_KEEP, "catalogue/publish.html"
)
def publish(code: str, edition: int) -> Step[object]:
    """Publish a draft after a last look."""
    actor, item = current_actor(), _edition(code, edition)
    dossier = queries.get_item_dossier(read_session(), actor, item)
    form = PublishItemForm(version=item.version)
    return Step(
        form=form,
        verdict=policies.publishable(actor, item, dossier.indicators),
        act=form.act(use_cases.publish_item, item.id),
        done="目录条目已发布，购买主体现在可以按它编制采购计划。",
        back=_address(code, edition),
        shows=lambda: {"page": dossier},
    )


@step(blueprint, "/<code>/<int:edition>/retire", Permission.CATALOGUE_KEEP, "catalogue/retire.html")
def retire(code: str, edition: int) -> Step[object]:
    """Take an edition out of use."""
    item = _edition(code, edition)
    form = RetireItemForm(version=item.version)
    return Step(
        form=form,
        verdict=policies.may_retire_item(current_actor(), item),
        act=form.act(use_cases.retire_item, item.id),
        done="目录条目已停用。",
        back=_address(code, edition),
        shows=lambda: {"item": item},
    )


def _edition(code: str, edition: int) -> CatalogueItem:
    return queries.get_edition(read_session(), current_actor(), code, edition)


def _address(code: str, edition: int) -> str:
    return url_for("catalogue.show_edition", code=code, edition=edition)


def _show(item: CatalogueItem) -> ResponseReturnValue:
    actor = current_actor()
    dossier = queries.get_item_dossier(read_session(), actor, item)
    return render_template(
        "catalogue/show.html",
        page=dossier,
        facts=pages.head_facts(dossier),
        indicators=pages.indicator_table(dossier.indicators),
        standards=policies.STANDARD_FIELDS,
        editions=[
            Link(pages.edition_words(one), _address(one.code, one.edition))
            for one in dossier.editions
            if one.id != item.id
        ],
        keeps=actor.may(Permission.CATALOGUE_KEEP),
        may_edit=policies.may_edit_item(actor, item),
        may_revise=policies.may_revise_item(actor, item, has_draft=dossier.has_draft),
        may_publish=policies.publishable(actor, item, dossier.indicators),
        may_retire=policies.may_retire_item(actor, item),
    )
