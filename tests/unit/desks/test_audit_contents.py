"""What an audit package says is decided column by column; a new column waits for a decision."""

import pytest

from procure.desks.auditing.contents import CONTENTS, Names, masked

LEFT_OUT = {
    "deadline": "permission organisation_id",
    # What became of an upload stands in its event.
    "document": "snapshot outcome notes original_sha256",
    "catalogue_item": "state retired_at",
    "bid": "draft",
    "contract": "buyer_phone supplier_phone saved",
    "recipient": "name station care_class",
    "evaluation": "sample",
    "acceptance": "sample",
    "opinion_slip": "token_digest printed_at attempts",
    "user_account": "username email phone title speciality employer password_hash"
    " password_is_temporary totp_pending totp_pending_at totp_secret totp_confirmed_at totp_last_step is_active"
    " created_at",
    "organisation": "parent_id number_prefix address phone representative bank_name bank_account"
    " rating rating_valid_until institution_class is_active",
}


@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: content.table.name)
def test_every_column_is_either_exported_or_left_out_on_purpose(content) -> None:
    columns = {column.name for column in content.table.columns} - {"version"}
    exported = set(content.columns.split())
    left_out = set(LEFT_OUT.get(content.table.name, "").split())

    assert exported <= columns
    assert not exported & left_out
    assert columns - exported == left_out


def test_names_are_replaced_however_deep_and_the_longest_first() -> None:
    names = Names({"欧阳秋": "R2", "欧阳秋菊": "R1"})

    assert names.scrub({"a": ["为欧阳秋菊洗头", 3, None], "b": "欧阳秋"}) == {
        "a": ["为R1洗头", 3, None],
        "b": "R2",
    }
    assert names.occur_in("欧阳秋菊来了")
    assert not Names({}).occur_in("任何文字")
    assert Names({}).scrub("任何文字") == "任何文字"


def test_masked_name_keeps_the_family_name_alone() -> None:
    assert masked("陆向晚") == "陆**"
    assert masked("") == ""
