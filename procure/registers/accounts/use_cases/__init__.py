"""The verbs of accounts, by subject: people, organisations, roles, credentials, signing in."""
