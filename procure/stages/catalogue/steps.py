"""What can be done with an item of the catalogue, and where; all of it is its keeper's."""

from procure.web.step_table import Facts, StepOf

# fmt: off
STEPS: tuple[StepOf[Facts], ...] = (
    StepOf("draft_item", "catalogue.draft"),
    StepOf("publish_item", "catalogue.publish"),
    StepOf("edit_item", "catalogue.edit"),
    StepOf("retire_item", "catalogue.retire"),
)
