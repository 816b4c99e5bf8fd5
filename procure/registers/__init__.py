"""Standing records (台账) that the stages write into: people, projects, papers, terms, money."""
