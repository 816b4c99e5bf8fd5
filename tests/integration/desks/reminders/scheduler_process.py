"""A scheduler process for tests, with faster ticks: database, folder and mail server are arguments."""

import dataclasses
import sys
from datetime import timedelta
from pathlib import Path

from procure import scheduler
from procure.app import create_app
from procure.desks.reminders import lease, mail
from tests.world import config_for


def main() -> None:
    """Run the ticks of this process until told to stop."""
    url, folder, mail_url = sys.argv[1:]
    lease.TERM = timedelta(seconds=3)
    mail.CLAIM = timedelta(seconds=5)
    scheduler.RENEW_SECONDS = 0.5
    scheduler.TICK_SECONDS = 0.25
    scheduler.JOBS = tuple(
        dataclasses.replace(job, rhythm=lease.Every(1))
        for job in scheduler.JOBS
        if job.name.startswith("reminders.")
    )
    config = dataclasses.replace(config_for(url, Path(folder)), mail_url=mail_url)
    scheduler.run(create_app(config))


if __name__ == "__main__":
    main()
