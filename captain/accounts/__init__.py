"""Captain's own users and their tokens, apart from the platform's accounts: they are there with PostgreSQL away."""
