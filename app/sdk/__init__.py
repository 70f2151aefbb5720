"""Generators of the SDKs: an OpenAPI document in, the text of `sdk/python` and `sdk/typescript` out."""
