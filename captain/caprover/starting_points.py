"""`templateId` of a `captain-definition`: Dockerfiles for usual kinds of source. Pure.

Each promises what CapRover's of that name does: the source in its usual place, its dependencies installed, port 80.
"""

from __future__ import annotations

import re

_VERSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")

_NODE = """\
FROM node:{version}-alpine
RUN apk add --no-cache git
WORKDIR /usr/src/app
ENV NODE_ENV=production PORT=80
COPY package*.json ./
RUN npm install
COPY . .
EXPOSE 80
CMD ["npm", "start"]
"""

_PHP = """\
FROM php:{version}-apache
COPY . /var/www/html/
EXPOSE 80
"""

_PYTHON_DJANGO = """\
FROM python:{version}-alpine
RUN apk add --no-cache bash curl g++ git make openssh postgresql-dev
WORKDIR /usr/src/app
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
EXPOSE 80
CMD ["python", "manage.py", "runserver", "0.0.0.0:80"]
"""

_RUBY_RACK = """\
FROM ruby:{version}-alpine
RUN apk add --no-cache g++ git make postgresql-dev
WORKDIR /usr/src/app
ENV RACK_ENV=production
COPY Gemfile* ./
RUN bundle install
COPY . .
EXPOSE 80
CMD ["rackup", "config.ru", "--host", "0.0.0.0", "--port", "80"]
"""

STARTING_POINTS = {"node": _NODE, "php": _PHP, "python-django": _PYTHON_DJANGO, "ruby-rack": _RUBY_RACK}


def starting_point(identifier: str) -> str | None:
    """The Dockerfile of `node/20`, `php/8.3` and so on; None for what is none of them."""
    kind, _, version = identifier.partition("/")
    if kind not in STARTING_POINTS or not _VERSION.fullmatch(version):
        return None
    return STARTING_POINTS[kind].format(version=version)
