"""The bundle's registry of images: what is pushed to it, and what nobody needs there any more."""
