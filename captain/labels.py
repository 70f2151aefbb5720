"""Labels of services that most of captain asks for: whose stack it is of, and which app it is."""

from __future__ import annotations

NAMESPACE_LABEL = "com.docker.stack.namespace"
APP_LABEL = "flotilla.app"
"""On services and configs; the value is the app's name."""
