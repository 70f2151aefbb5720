"""Labels of services that most of captain asks for: whose stack it is of, and what it is of an app."""

from __future__ import annotations

LOGIN_LABEL = "flotilla.registry.login"
"""Of a service that was written with the registry's login: Swarm does not tell whether it has one."""
NAMESPACE_LABEL = "com.docker.stack.namespace"
APP_LABEL = "flotilla.app"
"""On services and configs; the value is the app's name."""
HTTP_LABEL = "flotilla.app.http"
"""On an app's service: what the edge sends to it."""
JOBS_LABEL = "flotilla.app.jobs"
"""On an app's service: its jobs, as captain.yml says them."""
RUN_LABEL = "flotilla.run"
"""On a one-off command's service: the app whose command it is."""
JOB_LABEL = "flotilla.job"
"""On the service of a job's run: the app whose job it is."""
EXEC_LABEL = "flotilla.exec"
"""On an exec gate's service and its secret: the app whose replica it is for."""
