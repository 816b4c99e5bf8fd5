"""What is typed and not sent: kept for one person alone, on the server, and never put over a record."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from procure.stages.plans.use_cases import EditPlan, edit_plan
from procure.store.drafts import KEPT_FOR, Draft, purge_drafts
from procure.store.unit_of_work import UnitOfWork
from tests.factories.plans import given_drafted_plan, plan_content, project_of
from tests.integration.stages.plans.test_plan_pages import answers
from tests.page_client import Page, PageClient, check_html, tags
from tests.world import World

SECRET = "一号路北侧的老人最多，谁也不该知道"


def posted(client: PageClient, path: str, data: dict[str, object]) -> str:
    """Where a form leads that is refused, as a browser is told."""
    answer = client.client.post(path, data={**client.get(path).hidden(), **data}, buffered=True)
    return str(answer.request.full_path)


def opened(client: PageClient, address: str) -> Page:
    """A page, whatever its status."""
    answer = client.raw("GET", address)
    return Page(answer, check_html(answer.get_data(as_text=True)))


def values(page: Page) -> dict[str, str]:
    """What stands in the fields of a page, by name."""
    return {
        **{one.get("name", ""): one.get("value", "") for one in tags(page.root, "input")},
        **{
            one.get("name", ""): (one.text or "").removeprefix("\n")
            for one in tags(page.root, "textarea")
        },
    }


def save(
    client: PageClient, address: str, typed: dict[str, str], version: str = "", to: str = "/drafts"
) -> int:
    """Keep what is typed, as the page's script does; the status of the answer."""
    token = client.get("/inbox").hidden(0)["csrf_token"]
    answer = client.client.post(
        to,
        json={
            "address": address,
            "version": version,
            "values": {name: [words] for name, words in typed.items()},
        },
        headers={"X-CSRFToken": token, "Accept": "application/json"},
    )
    return answer.status_code


def test_refused_form_has_an_address_that_shows_it_again_to_its_sender_alone(
    embedded_world: World,
) -> None:
    world, clerk = embedded_world, embedded_world.client("jingban")
    typed = {**answers(world), "reason": SECRET, "ceiling": "190000"}

    address = posted(clerk, "/plans/new", typed)
    assert address.startswith("/plans/new?again=")
    for _ in ("once", "and reloaded"):
        page = opened(clerk, address)
        assert page.response.status_code == 400
        assert "超过了采购预算" in page.text
        assert "填写的内容都已保留" in page.text
        assert values(page)["reason"] == SECRET
        assert values(page)["ceiling"] == "190000"
    other = opened(world.client("jiedao"), address)
    assert (other.response.status_code, SECRET in other.text) == (200, False)
    assert SECRET.encode() not in b"".join(world.session.scalars(select(Draft.content)))

    # Sent from there and refused once more: one token in the address, not two.
    answer = clerk.client.post(address, data={**page.hidden(), **typed, "title": ""})
    assert answer.request.full_path.count("again=") == 1

    world.clock.move_to(world.now + timedelta(minutes=11))
    later = opened(world.client("jingban"), address)
    assert later.response.status_code == 200
    # What was refused as a new record fills no other; it is offered beside the blank form.
    assert values(later)["reason"] == ""
    assert SECRET in later.text
    chosen = opened(world.client("jingban"), "/plans/new?draft=reason")
    assert values(chosen)["reason"] == SECRET
    assert values(chosen)["ceiling"] == ""
    whole = opened(world.client("jingban"), "/plans/new?draft=all")
    assert (values(whole)["reason"], values(whole)["ceiling"]) == (SECRET, "190,000.00")


def test_refused_form_that_is_too_long_to_be_kept_comes_back_in_the_answer(
    embedded_world: World,
) -> None:
    """A text that is as long as a form may bring, in many fields."""
    world, clerk = embedded_world, embedded_world.client("jingban")
    path = "/plans/new"
    rest = {f"rest-{number}": "长" * 90_000 for number in range(8)}

    answer = clerk.client.post(
        path,
        data={**clerk.get(path).hidden(), **answers(world), **rest, "title": "", "reason": SECRET},
    )
    page = Page(answer, check_html(answer.get_data(as_text=True)))

    assert (answer.status_code, answer.request.full_path) == (400, f"{path}?")
    assert "填写的内容都已保留" in page.text
    assert values(page)["reason"] == SECRET


def test_typed_text_comes_back_until_it_is_sent_or_not_wanted(embedded_world: World) -> None:
    world, clerk = embedded_world, embedded_world.client("jingban")
    assert save(clerk, "/plans/new", {"reason": SECRET}) == 200
    assert save(clerk, "/plans/new", {"reason": "太快"}) == 429
    # The last words of who leaves the page at once are kept all the same.
    assert save(clerk, "/plans/new", {"reason": SECRET}, to="/drafts?leaving=yes") == 200
    page = clerk.get("/plans/new")
    assert values(page)["reason"] == SECRET
    assert "已恢复" in page.text
    assert SECRET not in world.client("jiedao").get("/plans/new").text
    # Another row of the table, another person: it opens to nobody.
    row = world.session.scalars(select(Draft)).one()
    world.session.rollback()
    with UnitOfWork(world.session, world.actor("system"), world.clock, technical=True) as uow:
        moved = uow.session.get(Draft, row.id)
        assert moved is not None
        moved.owner_id = world.actor("jiedao").user_id
    assert SECRET not in world.client("jiedao").get("/plans/new").text

    world.clock.move_to(world.now + timedelta(seconds=1))
    clerk = world.client("jingban")
    save(clerk, "/plans/new", {"reason": SECRET})
    token = clerk.get("/inbox").hidden(0)["csrf_token"]
    clerk.client.post("/drafts/forget", data={"forget": "/plans/new", "csrf_token": token})
    assert SECRET not in clerk.get("/plans/new").text

    world.clock.move_to(world.now + timedelta(seconds=1))
    clerk = world.client("jingban")
    save(clerk, "/plans/new", {"reason": SECRET})
    answer = clerk.post("/plans/new", answers(world))
    assert answer.headers["Location"].endswith("/plan")
    assert SECRET not in clerk.get("/plans/new").text


def test_draft_older_than_the_record_is_shown_beside_it_and_not_put_over_it(
    embedded_world: World,
) -> None:
    world = embedded_world
    content = plan_content(world)
    plan = given_drafted_plan(world, content)
    path = f"/projects/{project_of(world, plan).number}/plan/edit"
    mine, theirs = world.client("jingban"), "需求由白蕉镇人民政府提出并核实"
    other = "二月又走访了四家机构，意见一致。"
    before = values(mine.get(path))
    save(mine, path, {**before, "reason": SECRET, "survey": other}, before["version"])
    assert values(mine.get(path))["reason"] == SECRET

    world.clock.move_to(world.now + timedelta(minutes=1))
    with world.uow("jingban") as uow:
        edit_plan(uow, EditPlan(plan.id, plan.version, replace(content, reason=theirs)))
    mine = world.client("jingban")
    page = mine.get(path)
    assert values(page)["reason"] == theirs
    assert f"您填写过、没有提交的内容：{SECRET}" in page.text

    # What is typed now goes beside it, and neither is lost.
    world.clock.move_to(world.now + timedelta(seconds=1))
    mine = world.client("jingban")
    save(mine, path, {**values(page), "requested_by": "白蕉镇"}, values(page)["version"])
    page = mine.get(path)
    assert (values(page)["requested_by"], values(page)["reason"]) == ("白蕉镇", theirs)
    assert SECRET in page.text
    chosen = mine.get(f"{path}?draft=reason")
    assert values(chosen)["reason"] == SECRET
    world.clock.move_to(world.now + timedelta(seconds=1))
    mine = world.client("jingban")
    save(mine, f"{path}?draft=reason", values(chosen), values(chosen)["version"])
    page = mine.get(path)
    assert values(page)["reason"] == SECRET
    assert other in page.text and other not in values(page).values()


def test_draft_is_kept_by_who_may_open_the_page_and_only_for_forms(embedded_world: World) -> None:
    clerk = embedded_world.client("jingban")
    assert save(clerk, "/desk", {"reason": "x"}) == 404
    assert save(clerk, "/nowhere", {"reason": "x"}) == 404
    assert save(clerk, "/account/password", {"old": "x"}) == 404
    assert save(clerk, "/budget/new", {"name": "x"}) == 403
    assert save(clerk, "/plans/new", {"reason": "长" * 2_000_000}) in (400, 413)
    assert not embedded_world.session.scalars(select(Draft)).all()


def test_addresses_and_texts_that_no_page_sends_are_answered_in_words(
    embedded_world: World,
) -> None:
    client = embedded_world.client("jingban")
    for address in ("http://[", "//evil.example//plans/new", "/nowhere"):
        assert save(client, address, {"reason": "x"}) == 404, address
        token = {"csrf_token": client.get("/inbox").hidden(0)["csrf_token"]}
        forgotten = client.raw("POST", "/drafts/forget", data={**token, "forget": address})
        assert forgotten.status_code == 404, address
    assert save(client, "/plans/new", {"reason": "半个表情\ud800"}) == 200
    token = client.get("/inbox").hidden(0)["csrf_token"]
    deep = client.client.post(
        "/drafts",
        data="[" * 100_000,
        headers={"X-CSRFToken": token, "Content-Type": "application/json"},
    )
    assert deep.status_code == 400
    whence = {"Referer": "http://["}
    stranger = embedded_world.client()
    assert stranger.client.post("/budget/new", headers=whence).status_code in (302, 400)
    assert stranger.raw("GET", "/login?next=http://[").status_code == 200


def test_form_of_an_ended_sign_in_comes_back_to_the_same_person_alone(
    embedded_world: World,
) -> None:
    world = embedded_world
    enter = world.client(None)
    enter.post("/login", {"username": "jingban", "password": "demo-Procure-2026"}, form=0)
    page = enter.get("/plans/new")
    world.clock.move_to(world.now + timedelta(hours=9))

    unsent = enter.raw("POST", "/plans/new", data={**page.hidden(), "reason": SECRET})
    assert unsent.status_code == 302
    told = enter.get(unsent.location)
    assert "没有提交成功" in told.text
    assert SECRET not in told.text
    target = unsent.location.partition("next=")[2].partition("&")[0]
    assert "again" in target
    back = enter.post(
        unsent.location, {"username": "jiedao", "password": "demo-Procure-2026"}, form=0
    )
    assert SECRET not in opened(enter, back.headers["Location"]).text
    same = world.client(None)
    back = same.post(
        unsent.location, {"username": "jingban", "password": "demo-Procure-2026"}, form=0
    )
    page = opened(same, back.headers["Location"])
    assert values(page)["reason"] == SECRET
    assert "没有办理" in page.text


def test_form_of_an_earlier_sign_in_of_the_same_person_comes_back_filled_in(
    embedded_world: World,
) -> None:
    known = {"username": "jingban", "password": "demo-Procure-2026"}
    client = embedded_world.client(None)
    client.post("/login", known, form=0)
    old = client.get("/plans/new").hidden()
    client.post("/logout", page=client.get("/desk"))
    client.post("/login", known, form=0)

    answer = client.raw("POST", "/plans/new", data={**old, "reason": SECRET})
    page = Page(answer, check_html(answer.get_data(as_text=True)))
    assert answer.status_code == 409
    assert "没有办理" in page.text
    assert values(page)["reason"] == SECRET
    assert values(page)["csrf_token"] != old["csrf_token"]

    # Somebody else at the same machine is told that the form is void, and sees nothing of it.
    client.post("/logout", page=client.get("/desk"))
    client.post("/login", {**known, "username": "jiedao"}, form=0)
    answer = client.raw("POST", "/plans/new", data={**old, "reason": SECRET})
    assert answer.status_code == 400
    assert SECRET not in answer.get_data(as_text=True)
    assert SECRET not in client.get("/plans/new").text


def test_old_drafts_are_thrown_away(world: World) -> None:
    clerk = world.client("jingban")
    save(clerk, "/plans/new", {"reason": SECRET})
    world.clock.move_to(world.now + KEPT_FOR + timedelta(hours=1))
    with UnitOfWork(world.session, world.actor("system"), world.clock, technical=True) as uow:
        assert purge_drafts(uow) == 1
    assert SECRET not in world.client("jingban").get("/plans/new").text
