"""A browser for tests of the door: it keeps the cookie and sends what a page of ours would."""

from typing import Any

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI

from api.identity.sessions import CSRF_HEADER

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""Hashes of a millisecond, for tests that are about something else."""


class Browser:
    """One browser: it keeps the cookie, and sends what a page of ours would."""

    def __init__(self, app: FastAPI, base: str = "http://herun.test") -> None:
        self.base = base
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base)
        self.csrf = ""

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = {"origin": self.base, CSRF_HEADER: self.csrf, **headers}
        answer = await self.http.post(path, json=body, headers=sent)
        if answer.is_success and "csrf" in answer.text:
            said = answer.json()
            self.csrf = said.get("session", said)["csrf"]
        return answer

    async def sign_in(self, name: str, password: str, **more: str) -> httpx.Response:
        return await self.post("/v1/sessions", {"name": name, "password": password, **more})

    async def me(self) -> str | None:
        """The account that the browser speaks for."""
        answer = await self.http.get("/v1/me")
        return str(answer.json()["account"]) if answer.is_success else None
