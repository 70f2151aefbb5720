"""Another codebase, which has the pulled models and SQLAlchemy and nothing of ours: prints what it reads as JSON.

`python reader.py URL ORGANISATION_ID`; `models.py`, as pulled, is beside it.
"""

import json
import sys

from models import Organisation, Post, Site  # type: ignore[import-not-found]  # made by the test
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session


def main(url: str, organisation_id: str) -> None:
    """The newest posts of the organisation, each with its site's and organisation's names."""
    with Session(create_engine(url)) as session:
        session.execute(select(func.set_config("flotilla.organisation_id", organisation_id, True)))
        posts = session.scalars(
            select(Post)
            .join(Post.site)
            .where(Post.status == "published", Site.title == "Read by others")
            .order_by(Post.id.desc())
        ).all()
        organisation = session.get_one(Organisation, organisation_id)
        found = [
            {
                "title": post.title,
                "site": post.site.slug,
                "theme_settings": post.site.theme_settings,
                "organisation": organisation.name,
                "created_at": post.created_at.isoformat(),
            }
            for post in posts
        ]
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
