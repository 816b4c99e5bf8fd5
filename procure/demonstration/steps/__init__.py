"""The steps of a walk, one module per stage, each done by the person whose office it is."""
