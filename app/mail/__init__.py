"""Mail: written into the database with what causes it, sent by the worker."""
