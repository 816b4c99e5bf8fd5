"""What killed processes leave in the store of files is found by night, and nothing else is touched."""

import hashlib
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from procure.desks.reminders.jobs import clean_up
from procure.desks.reminders.registry import Bench
from procure.registers.documents.storage import MARK, StoreAway, file_store, write_whole
from procure.stages.bids.models import Bid
from procure.stages.bids.use_cases.draft import SaveTeam, save_team
from procure.stages.bids.use_cases.submit import SubmitBid, submit_bid
from procure.web.access import CONFIG
from tests.factories.bids import given_upload, given_written_bid, the_tender
from tests.factories.registers import pdf_file
from tests.factories.tenders import platform_key
from tests.world import World


def with_attachment(world: World, bid: Bid, name: str) -> None:
    token = given_upload(world, pdf_file(f"% {name}".encode()), f"{name}.pdf")
    with world.uow("jigou1") as uow:
        save_team(uow, SaveTeam(bid.id, None, "欧阳慧", "", (), (token,)), platform_key(world))


def aged(path: Path, by: timedelta) -> None:
    then = time.time() - by.total_seconds()
    os.utime(path, (then, then))


def left(name: str, by: timedelta) -> Path:
    path = file_store().root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left behind")
    aged(path, by)
    return path


def digest_of(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


def stray(words: str, by: timedelta) -> Path:
    path = file_store().path_of(digest_of(words))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, words.encode())
    aged(path, by)
    return path


def bench_of(world: World) -> Bench:
    world.session.rollback()
    return Bench(world.session, world.clock, world.app.extensions[CONFIG])


def test_leftovers_go_and_everything_that_is_named_stays(receiving_world: World) -> None:
    world = receiving_world
    bid = given_written_bid(world, the_tender(world))
    # One attachment is sealed and named by the draft's copy of it only, one by the present draft.
    with_attachment(world, bid, "封存的附件")
    with world.uow("fuzeren1") as uow:
        submit_bid(uow, SubmitBid(bid.id, None), platform_key(world))
    with_attachment(world, bid, "草稿的附件")
    given_upload(world, pdf_file(b"% waiting"), "暂存.pdf")
    store = file_store()
    kept = [path for path in store.root.rglob("*") if path.is_file() and path.name != MARK]
    assert len(kept) >= 5
    for path in kept:
        aged(path, timedelta(days=3))

    gone = [
        left("ab/cd/.new-x1", timedelta(hours=2)),
        left("staging/.new-x2", timedelta(days=2)),
        left(f"staging/{'0' * 32}", timedelta(hours=2)),
    ]
    lost = stray("a paper whose row was never committed", timedelta(days=3))
    fresh = [
        left("ab/cd/.new-x3", timedelta(minutes=30)),
        left(f"staging/{'1' * 32}", timedelta(minutes=30)),
        stray("a paper whose row is about to be committed", timedelta(minutes=30)),
    ]

    said = clean_up(bench_of(world))
    assert "没有写完的文件 3 个，移开无主的文件 1 个" in said
    assert [path for path in [*kept, *fresh] if not path.exists()] == []
    assert [path for path in [*gone, lost] if path.exists()] == []
    assert (store.root / "leftovers" / lost.name).read_bytes().startswith(b"a paper")
    assert "没有写完的文件 0 个，移开无主的文件 0 个" in clean_up(bench_of(world))
    aged(store.root / "leftovers" / lost.name, timedelta(days=200))
    clean_up(bench_of(world))
    assert not list((store.root / "leftovers").iterdir())


def test_folder_of_another_installation_is_not_swept(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    (file_store().root / MARK).write_text("0" * 32)
    theirs = stray("a paper of another installation", timedelta(days=3))
    with pytest.raises(StoreAway):
        clean_up(bench_of(world))
    assert theirs.exists()


def test_content_kept_again_is_as_fresh_as_new(embedded_receiving_world: World) -> None:
    """Else the night could set it aside before the row that names it is committed."""
    old = stray("the same words", timedelta(days=3))
    file_store().put(b"the same words")
    clean_up(bench_of(embedded_receiving_world))
    assert old.exists()
