"""Who reads a site."""
