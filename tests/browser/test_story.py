"""The Doumen project, clicked from the budget line to the last payment by those whose office it is.

What the browser meets on the way is looked at: no accessibility fault, no message on the console, no
page wider than a phone. Pictures of pages found wanting are left in artefacts/browser.
"""

import pytest

from procure.demonstration.steps.planning import load_catalogue
from tests.browser import story_after_award, story_until_award
from tests.browser.pages import Cast

CHAPTERS = (*story_until_award.CHAPTERS, *story_after_award.CHAPTERS)


@pytest.mark.browser
def test_story_clicked_by_its_people_ends_paid_and_audited(cast: Cast) -> None:
    load_catalogue(cast.site.walk)
    for chapter in CHAPTERS:
        chapter(cast)
    assert not cast.looker.troubles, "\n".join(cast.looker.troubles)
