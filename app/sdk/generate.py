"""All generated files of the SDKs, from the document alone: the same document, the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.sdk import python_client, python_models, typescript_client, typescript_types
from app.sdk.document import read
from app.sdk.prose import MARK

_PYTHON = "sdk/python/flotilla_sdk"
_TYPESCRIPT = "sdk/typescript/src"


def generate(document: Mapping[str, Any]) -> dict[str, str]:
    """`{path below the repository: text}`. Raises Unsupported for what cannot be generated."""
    api = read(document)
    return {
        "sdk/openapi.json": openapi(document),
        f"{_PYTHON}/__init__.py": python_models.package(api),
        f"{_PYTHON}/models.py": python_models.models(api),
        f"{_PYTHON}/client.py": python_client.client(api, python_client.BLOCKING),
        f"{_PYTHON}/async_client.py": python_client.client(api, python_client.AWAITED),
        f"{_TYPESCRIPT}/models.ts": typescript_types.models(api),
        f"{_TYPESCRIPT}/client.ts": typescript_client.client(api),
    }


def openapi(document: Mapping[str, Any]) -> str:
    """The document; JSON has no comments, so that an extension says whence it is."""
    about = MARK.replace("from sdk/openapi.json", "from the app")
    return f'{{ "x-generated": {json.dumps(about)},\n' + json.dumps(document, indent=1, ensure_ascii=False)[2:] + "\n"
