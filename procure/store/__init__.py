"""The database: one session, one unit of work with the only commit, one trail of what happened."""
