"""The API's OpenAPI document where it differs from what FastAPI would write."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from app.surfaces.api.answers import PROBLEM


def describe(api: FastAPI) -> None:
    """Makes `api.openapi()`, and so the address of the document, give ours."""
    written = api.openapi

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            _as_problems(written())
        return written()

    api.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to change the document


def _as_problems(document: dict[str, Any]) -> None:
    """FastAPI gives errors the content type of successes."""
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                if status >= "400" and "content" in answer:
                    answer["content"] = {PROBLEM: answer["content"].pop("application/json")}
