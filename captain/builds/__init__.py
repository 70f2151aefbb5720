"""Builds: from a source to an image.

`queue` decides what is built when, `members` what may be in a source; `tarball` reads one, `context` makes of it what
the engine is given, `builds` carries out.
"""
