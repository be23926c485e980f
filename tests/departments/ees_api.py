"""What the tests of the sample Explore education statistics share: its address, its data sets, how to ask it."""

from typing import Any

import httpx

URL = "http://127.0.0.1:8103/statistics/v1"
APPRENTICESHIPS = "1d419801-435d-c676-b428-1217e08290c3"
SKILLS = "8b7a4f0c-2f6d-4c1e-9a53-6f0b7e2d9c01"
COURSES = "f3d1b2a7-7c44-4f3a-8a69-52c0d4b1e802"
CARE = "c27e9d38-5b1f-4d0a-a6f4-3e81b5c09204"
JSON = dict[str, Any]


async def meta(api: httpx.AsyncClient, data_set: str, version: str | None = None) -> JSON:
    params = {"dataSetVersion": version} if version else {}
    return (await api.get(f"/data-sets/{data_set}/meta", params=params)).json()


async def ask(api: httpx.AsyncClient, data_set: str, **body: Any) -> JSON:
    reply = await api.post(f"/data-sets/{data_set}/query", json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def option(metadata: JSON, column: str, label: str) -> str:
    facet = next(entry for entry in metadata["filters"] if entry["column"] == column)
    return next(entry["id"] for entry in facet["options"] if entry["label"] == label)


def place(metadata: JSON, level: str, code: str) -> str:
    group = next(entry for entry in metadata["locations"] if entry["level"]["code"] == level)
    return next(entry["id"] for entry in group["options"] if entry["code"] == code)
