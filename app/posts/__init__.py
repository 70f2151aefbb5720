"""Posts: reading, creating and counting them."""
