"""Those who look across the stages: the public, whoever has work waiting, auditors, reminders."""
