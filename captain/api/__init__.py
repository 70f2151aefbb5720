"""Captain's own REST API."""
