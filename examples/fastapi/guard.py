"""Lets requests in that have a key of Altalune's. No verdict, no entry."""

import asyncio
import math
import os

import httpx
from fastapi import HTTPException, Request

PROJECT_ID = os.environ["PROJECT_ID"]
TIMEOUT_SECONDS = 2

altalune = httpx.AsyncClient(
    base_url=os.environ["ALTALUNE"],
    headers={"Authorization": f"Bearer {os.environ['ROOT_KEY']}"},
)


def needs(*scopes: str):
    """A dependency that is the key's verdict: `key: Annotated[dict, Depends(needs("orders:write"))]`."""

    async def verify(request: Request) -> dict:
        keys = presented_keys(request)
        if len(keys) != 1:
            raise denied(401, "send one API key", f'Bearer realm="{PROJECT_ID}"')
        question = {"projectId": PROJECT_ID, "key": keys.pop(), "requiredScopes": scopes}
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                answer = await altalune.post("/altalune.v1.VerificationService/VerifyApiKey", json=question)
            verdict = answer.raise_for_status().json()
            if verdict["valid"] is True:
                return verdict
            code = verdict["code"].removeprefix("VERIFICATION_CODE_")
        except (httpx.HTTPError, TimeoutError, ValueError, KeyError):
            raise HTTPException(503, "no verdict on API keys can be had", {"Retry-After": "1"}) from None
        match code:
            case "INSUFFICIENT_SCOPE":
                wanted = " ".join(scopes)
                raise denied(403, "a scope is missing", f'Bearer error="insufficient_scope", scope="{wanted}"')
            case "RATE_LIMITED":
                seconds = math.ceil(float(verdict.get("retryAfter", "1s").removesuffix("s")))
                raise HTTPException(429, "the limit is used up", {"Retry-After": str(max(1, seconds))})
            case _:
                status = 410 if code == "REVOKED" else 401
                raise denied(status, "this API key is not good", f'Bearer realm="{PROJECT_ID}", error="invalid_token"')

    return verify


def denied(status: int, detail: str, challenge: str) -> HTTPException:
    return HTTPException(status, detail, {"WWW-Authenticate": challenge, "Cache-Control": "no-store"})


def presented_keys(request: Request) -> set[str]:
    """Those in `x-api-key` and `Authorization: Bearer`. A key has no comma: commas part what HTTP has joined."""
    headers = request.headers.getlist("x-api-key")
    for value in request.headers.getlist("authorization"):
        scheme, _, credentials = value.strip().partition(" ")
        if scheme.lower() == "bearer":
            headers.append(credentials)
    return {key.strip() for header in headers for key in header.split(",")} - {""}
