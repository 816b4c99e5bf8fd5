"""All pairs that are raced."""

from . import downstream, pairs, upstream

PAIRS = (*pairs.PAIRS, *upstream.PAIRS, *downstream.PAIRS)
