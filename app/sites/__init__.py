"""Sites: reading and creating them."""
