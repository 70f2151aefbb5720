"""What the data is. Migrations, queries and schemas follow from here."""

from app.models.base import Base
from app.models.post import Post
from app.models.schema_compatibility import SchemaCompatibility
from app.models.site import Site

__all__ = ["Base", "Post", "SchemaCompatibility", "Site"]
