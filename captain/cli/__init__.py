"""Captain's words: arguments and sentences of its command line, and the program that speaks to captain from a laptop.

Nothing here speaks to the engine, so that a laptop needs no more than an HTTP client.
"""
