"""What people do with runs: launch, cancel, launch again, and go on round the circle."""

from annotate_site.jobs.services.runs import cancel_run, launch_run, queue_run, retry_run
from annotate_site.jobs.services.steps import launch_step

__all__ = ["cancel_run", "launch_run", "launch_step", "queue_run", "retry_run"]
