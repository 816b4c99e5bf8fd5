"""Which reports of an evaluation a page lists."""

from procure.kernel.case_lines import Paper
from procure.stages.evaluation.models import Evaluation
from procure.stages.evaluation.pages import distinct_papers


def paper(name: str, digest: str) -> Paper:
    return Paper(name, "绩效评价报告", 1_000, digest, href=f"/documents/{name}")


def test_distinct_papers_of_a_report_confirmed_unchanged_is_the_confirmed_one() -> None:
    sent, confirmed = paper("sent", "a1"), paper("confirmed", "a1")
    evaluation = Evaluation(report_document_id="confirmed")

    assert distinct_papers([sent, confirmed], [evaluation]) == (confirmed,)
    assert distinct_papers([confirmed, sent], [evaluation]) == (confirmed,), "filed at one instant"


def test_distinct_papers_of_a_report_sent_back_keeps_what_differed() -> None:
    """What the buyer returned stays to be read beside what it confirmed."""
    returned, sent, confirmed = paper("one", "a1"), paper("two", "b2"), paper("three", "b2")

    evaluation = Evaluation(report_document_id="two")
    assert distinct_papers([returned, sent], [evaluation]) == (returned, sent)
    evaluation = Evaluation(report_document_id="three")
    assert distinct_papers([returned, sent, confirmed], [evaluation]) == (returned, confirmed)


def test_distinct_papers_for_who_may_not_read_the_standing_one_is_the_other() -> None:
    sent = paper("sent", "a1")

    assert distinct_papers([sent], [Evaluation(report_document_id="confirmed")]) == (sent,)
    assert distinct_papers([], [Evaluation()]) == ()
