"""What the register of staff says beside the posts that the contract names."""

from datetime import date

from procure.stages.contracts.models import ContractPost
from procure.stages.delivery.models import StaffMember
from procure.stages.delivery.pages import staff_facts
from procure.web.presenters import Quantity

POSTS = (ContractPost(post="驻站社工", people=2), ContractPost(post="护理员", people=1))


def worker(post: str, left_on: date | None = None) -> StaffMember:
    return StaffMember(name="赵敏", post=post, joined_on=date(2026, 1, 5), left_on=left_on)


def test_posts_are_counted_as_written_and_others_are_named_beside_them() -> None:
    """“驻站社工 0 人” above two who work on the site said what nobody had found out."""
    rows = [
        worker("社会工作者"),
        worker("社会工作者"),
        worker(" 护理员"),
        worker("护理员", date(2026, 5, 1)),
    ]
    facts = {fact.label: fact for fact in staff_facts(rows, POSTS, 6)}

    assert "按登记的岗位名称统计" in facts["驻站社工"].note
    assert "合同约定 2 人" in facts["驻站社工"].note
    assert facts["护理员"].value == Quantity(1, "人")
    assert facts["岗位名称与合同不同"].value == "社会工作者 2 人"


def test_nothing_is_said_of_other_posts_where_all_are_the_contracts() -> None:
    labels = [fact.label for fact in staff_facts([worker("驻站社工")], POSTS, 6)]

    assert "岗位名称与合同不同" not in labels
