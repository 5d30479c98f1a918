from __future__ import annotations

from uuid import UUID

from procrastinate import JobContext
from procrastinate.contrib.django import app

from annotate_site.jobs.runners.execution import execute_run
from annotate_site.jobs.runners.recovery import recover_vanished_runs


@app.task(pass_context=True)  # type: ignore[untyped-decorator]  # as procrastinate has it
def execute(context: JobContext, *, run_id: str) -> None:
    recover_vanished_runs()  # Whoever works next tells of a worker that died meanwhile.
    execute_run(run_id=UUID(run_id), is_worker_stopping=context.should_abort)
