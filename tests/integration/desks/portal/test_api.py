"""Public data for machines agree with the pages, with their description, and tell nothing more."""

import base64
import hashlib
import json
from datetime import date
from typing import Any

from procure.desks.portal.openapi import describe
from procure.kernel.access import Permission
from procure.kernel.events import canonical
from procure.registers.notices.queries import digest_of
from procure.store.base import db
from procure.store.secrets import is_signed
from procure.web.access import permission_of
from tests.factories.notices import given_notice, given_project
from tests.world import World


def answer(world: World, path: str, status: int = 200) -> Any:
    response = world.client().raw("GET", path)
    assert response.status_code == status
    assert response.mimetype == "application/json"
    return response.json


def check(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> None:
    """As much of JSON Schema as the description uses."""
    if "$ref" in schema:
        schema = root["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None)}
    named = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert isinstance(value, tuple(kinds[name] for name in named)), (value, schema)
    if isinstance(value, dict):
        assert set(schema["required"]) <= set(value) <= set(schema["properties"])
        for name, inner in value.items():
            check(inner, schema["properties"][name], root)
    if isinstance(value, list):
        for inner in value:
            check(inner, schema["items"], root)
    if "enum" in schema:
        assert value in schema["enum"]


def schema_of(description: dict[str, Any], path: str, status: str = "200") -> dict[str, Any]:
    responses = description["paths"][path]["get"]["responses"]
    return responses[status]["content"]["application/json"]["schema"]


def test_every_answer_is_as_the_description_says(world: World) -> None:
    notice = given_notice(world)
    world.at(date(2026, 3, 2), 11, 30)
    description = answer(world, "/api/openapi.json")

    for path, described in (
        ("/api/notices", "/api/notices"),
        (f"/api/notices/{notice.number}", "/api/notices/{number}"),
        ("/api/checkpoints", "/api/checkpoints"),
    ):
        check(answer(world, path), schema_of(description, described), description)
    check(
        answer(world, "/api/notices?kind=x", 400),
        schema_of(description, "/api/notices", "400"),
        description,
    )
    check(
        answer(world, "/api/notices/NONE-1", 404),
        schema_of(description, "/api/notices/{number}", "404"),
        description,
    )


def test_every_public_address_of_data_is_described(embedded_world: World) -> None:
    rules = {
        rule.rule.replace("<number>", "{number}")
        for rule in embedded_world.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        and permission_of(embedded_world.app, rule.endpoint) is Permission.PUBLIC
    }

    assert rules - {"/api/openapi.json"} == set(describe("")["paths"])


def test_notice_digest_can_be_made_again_from_the_data(world: World) -> None:
    notice = given_notice(world)

    said = answer(world, f"/api/notices/{notice.number}")

    assert hashlib.sha256(said["text"].encode()).hexdigest() == said["sha256"] == digest_of(notice)
    assert json.loads(said["text"])["sections"] == said["sections"]


def test_checkpoints_name_public_projects_alone_at_the_full_hour(world: World) -> None:
    hidden = given_project(world, "尚未公开的项目")
    notice = given_notice(world)
    world.at(date(2026, 3, 2), 9, 59)
    assert answer(world, "/api/checkpoints")["heads"] == []

    world.at(date(2026, 3, 2), 10, 1)
    said = answer(world, "/api/checkpoints")

    assert [head["project"] for head in said["heads"]] == [notice.project.number]
    assert hidden.number not in json.dumps(said)
    assert {head["stream"] for head in said["heads"]} == {f"project:{notice.project_id}"}
    text = canonical({"at": said["at"], "heads": said["heads"]}).encode()
    assert hashlib.sha256(text).hexdigest() == said["text_sha256"]
    assert is_signed(text, said["signature"], said["public_key"])
    assert len(base64.b64decode(said["public_key"])) == 32


def test_checkpoints_stand_still_within_the_hour(world: World) -> None:
    notice = given_notice(world)
    world.at(date(2026, 3, 2), 10, 1)
    before = answer(world, "/api/checkpoints")

    given_notice(world, "同一小时内的第二份", project=notice.project)

    assert answer(world, "/api/checkpoints") == before


def test_process_is_alive_and_readiness_names_what_is_missing(world: World) -> None:
    assert answer(world, "/healthz") == {"status": "ok"}

    assert answer(world, "/readyz") == {
        "status": "ok",
        "checks": {"database": True, "storage": True, "keys": True, "clock": True},
    }


def test_timers_that_stand_still_leave_the_web_server_ready(world: World) -> None:
    """A load balancer that took the site out because mails are late would make it worse."""
    assert answer(world, "/statusz", 503) == {
        "status": "unavailable",
        "checks": {"scheduler": False, "jobs": True, "mail": True},
    }


def test_readiness_without_a_database_answers_503(embedded_world: World, monkeypatch) -> None:
    def broken(*arguments: object, **named: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(db.session(), "scalar", broken)

    assert answer(embedded_world, "/readyz", 503)["checks"]["database"] is False
