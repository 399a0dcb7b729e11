"""The auditor's pages: search, replay, difference, the five answers, what-if, exports, checkpoints, who looked.

Read-only, for auditors alone; every view is on the access log before it is shown. What is heavy is bounded, and
the page names the command that has no bound.
"""

from fastapi import APIRouter

from api.web.auditing import access, checkpoints, differing, exporting, proving, replay, search, studying

router = APIRouter(include_in_schema=False)
for page in (search, proving, studying, exporting, checkpoints, access, replay, differing):
    router.include_router(page.router)
