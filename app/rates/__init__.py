"""How many requests a key may send in a minute."""
