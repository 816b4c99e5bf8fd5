"""The number of a receipt, as a person reads it out."""

from procure.kernel.phrases import spoken


def test_spoken_id_is_the_same_id_in_groups_of_four() -> None:
    receipt_id = "0193f2a4c81e7b0d9a65e2f1c4b80d37"

    words = spoken(receipt_id)

    assert words == "0193 f2a4 c81e 7b0d 9a65 e2f1 c4b8 0d37"
    assert words.replace(" ", "") == receipt_id
