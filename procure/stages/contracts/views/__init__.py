"""Pages of contracts.

| address | method | view | who |
|---|---|---|---|
| /contracts | GET | reading.index | who may view contracts, each their own |
| /projects/<number>/contract | GET | reading.show | parties, overseers, assessors |
| …/contract/parties, term, targets, milestones, other | GET POST | filling | buyer's clerk |
| …/contract/money, preview.pdf | GET | filling | buyer's clerk |
| …/contract/check | GET POST | filling.check | buyer's clerk |
| …/contract/recall | GET POST | acting.recall | buyer's clerk |
| …/contract/sign | GET POST | acting.sign | signatory of either side |
| …/contract/publish, filing | GET POST | acting | buyer's clerk |
"""

from procure.stages.contracts.views import acting, filling, reading
from procure.stages.contracts.views.blueprint import blueprint

__all__ = ["acting", "blueprint", "filling", "reading"]
