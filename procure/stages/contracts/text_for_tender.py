"""The contract's text as it goes out with the tender document: what the document settles is filled in,
what only the award can settle stays open.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from procure.kernel.methods import words_of
from procure.kernel.text import lines_of
from procure.render.blanks import MARK
from procure.stages.contracts import drafting, paper
from procure.stages.tenders.queries import TenderDossier
from procure.stages.tenders.wording import condition_words, frequency_words


def contract_for_tender(dossier: TenderDossier, made_on: date) -> tuple[str, Mapping[str, Any]]:
    """The template of the contract and what of it the tender document settles."""
    tender, buyer = dossier.tender, dossier.buyer
    words = words_of(tender.method)
    percents = drafting.percent_words([row.percent for row in dossier.payments])
    return paper.TEMPLATE, {
        MARK: True,
        "is_draft": True,
        "made_on": made_on.isoformat(),
        "project_name": dossier.project.title,
        "project_no": dossier.project.number,
        "buyer": {
            "name": buyer.name,
            "credit_code": buyer.credit_code,
            "representative": buyer.representative,
            "address": buyer.address,
            "phone": buyer.phone,
        },
        "procurement": {
            "method": tender.method.label,
            "document_words": words.document,
            "document_no": dossier.project.number,
            "document_on": made_on.isoformat(),
            "bid_words": words.bid_file,
            "award_words": words.letter,
            "catalogue_item": f"{dossier.item.code} {dossier.item.name}",
        },
        "service_content": tender.requirement,
        "standards": [*lines_of(dossier.item.quality), *paper.standards()],
        "place": tender.service_place,
        "targets": [
            {
                "item": row.what,
                "frequency": frequency_words(row),
                "unit": row.unit,
                "condition": condition_words(row),
            }
            for row in dossier.targets
        ],
        "payments": [
            {
                "seq": number,
                "percent": percent,
                "trigger": row.trigger.label,
                "condition": paper.condition_words(row.trigger),
            }
            for number, (row, percent) in enumerate(
                zip(dossier.payments, percents, strict=True), start=1
            )
        ],
        **paper.of_service(dossier.item, tender),
        **paper.standard_terms(tender.acceptance_way),
    }
