"""Why a service has the replicas that it has, in sentences."""
