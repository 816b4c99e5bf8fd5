"""Notices are searched by the one key of the kernel, in which dots, brackets, dashes and radicals of
one meaning are one sign: what is searched of those published before is worked out anew.
"""

import sqlalchemy as sa
from alembic import op

from procure.desks.portal.bigrams import BREAK, array_pieces, phrase_tokens, searchable

revision = "0028"
down_revision = "0027"

ROWS = sa.text(
    "SELECT search_entry.position, search_entry.text, notice.kind"
    " FROM search_entry JOIN notice ON notice.id = search_entry.notice_id"
)
EMPTY = sa.text("INSERT INTO search_index (search_index) VALUES ('delete-all')")
INDEX = sa.text("INSERT INTO search_index (rowid, grams) VALUES (:position, :grams)")
ENTRY = sa.table("search_entry", sa.column("position"), sa.column("text"), sa.column("grams"))


def upgrade() -> None:
    """Fold the texts by the new rule and index them again."""
    connection = op.get_bind()
    embedded = connection.dialect.name == "sqlite"
    rows = connection.execute(ROWS).all()
    if embedded:
        connection.execute(EMPTY)
    for position, text, kind in rows:
        folded = searchable(text.split(BREAK))
        entry = sa.update(ENTRY).where(ENTRY.c.position == position).values(text=folded)
        if embedded:
            grams = phrase_tokens(folded, kind)
            connection.execute(INDEX, {"position": position, "grams": grams})
        else:
            pieces = sa.cast(array_pieces(folded, kind), sa.ARRAY(sa.Text))
            entry = entry.values(grams=pieces)
        connection.execute(entry)


def downgrade() -> None:
    """Nothing to undo: the earlier rule finds what it can in either text."""
