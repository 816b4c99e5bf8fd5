"""The verbs of delivery: start, keep registers, record and review services, report milestones."""
