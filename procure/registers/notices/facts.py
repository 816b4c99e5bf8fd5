"""What every notice of a project may name."""

from typing import Any

from procure.registers.accounts.models import Organisation
from procure.registers.projects.models import Project


def case_facts(project: Project, buyer: Organisation, contact: str = "") -> dict[str, Any]:
    """The project, who buys, and who is asked: facts for the texts in `contracts/_notices`."""
    return {
        "project_no": project.number,
        "project_name": project.title,
        "buyer": buyer.name,
        "buyer_address": buyer.address,
        "buyer_phone": buyer.phone,
        "contact": contact,
    }
