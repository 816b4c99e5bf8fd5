"""Pages of delivery, below /projects/<number>/delivery unless said otherwise.

| address | method | view | who |
|---|---|---|---|
| (itself) | GET | reading.show | parties, overseers, assessors |
| /records, /records/<id> | GET | reading | the same; also as a file |
| /records/new | GET POST | recording.new_record | supplier |
| /records/<id>/withdraw | GET POST | recording.withdraw_record | supplier |
| /review | GET POST | recording.review | buyer's clerk |
| /records/<id>/decide | GET POST | recording.decide_record | buyer's clerk |
| /recipients, /staff | GET POST | registers | read by the same; kept by the supplier |
| /recipients/<id>/leave, /staff/<id>/leave | GET POST | registers | supplier |
| /milestones/<position> | GET POST | milestones.milestone | reported by one side, judged by the other |
| /delivery/overdue (top level) | GET | reading.overdue | all, each their own contracts |
"""

from procure.stages.delivery.views import milestones, reading, recording, registers
from procure.stages.delivery.views.blueprint import blueprint

__all__ = ["blueprint", "milestones", "reading", "recording", "registers"]
