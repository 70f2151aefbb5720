"""A package, so that what its fixtures have made ends with it: PostgreSQL is back for the tests after it."""
