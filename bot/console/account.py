"""The pages of one's own account, and those of owners: users, and what people did."""

from datetime import UTC, datetime

from fastapi import Request, Response

from bot.console import roles
from bot.console.accounts import Accounts
from bot.console.door import signed_in
from bot.console.page_routes import PageRoutes
from bot.console.pages import Pages
from bot.console.passwords import TooBusy, problem_with
from bot.console.sign_in import fields, sign_in_here, to
from bot.store import AuditRecord, Store

AUDIT_PAGE = 100


def account(accounts: Accounts, store: Store, pages: Pages) -> PageRoutes:
    """The routes of these."""
    router = PageRoutes(roles.PREFIX)

    async def account_page(request: Request, problem: str = "", done: str = "") -> Response:
        here = signed_in(request)
        sessions = await store.console_users.sessions_of(here.user.name)
        return pages.answer(
            request,
            "account.html",
            422 if problem else 200,
            sessions=sessions,
            here=here.session,
            problem=problem,
            done=done,
        )

    @router.get("/account")
    async def own_account(request: Request, done: str = "") -> Response:
        said = {"session": "The session is ended."}.get(done, "")
        return await account_page(request, done=said)

    @router.post("/account/password")
    async def change_password(request: Request) -> Response:
        """Ends all sessions but gives this browser a new one."""
        user, form = signed_in(request).user, await fields(request)
        new = form.get("new", "")
        try:
            # A link signs in who has no password yet, or has lost it: `trunkline users link`.
            if user.password_hash and not await accounts.passwords.fits(
                form.get("old", ""), user.password_hash
            ):
                return await account_page(request, "The old password is not right.")
            if problem := problem_with(new, name=user.name):
                return await account_page(request, f"{problem[0].upper()}{problem[1:]}.")
            hashed = await accounts.passwords.hash(new)
        except TooBusy:
            return await account_page(request, "Too much is going on just now. Try again.")
        await store.console_users.set_password(user.name, hashed)
        await store.audit.note(user.name, "password_changed", user.name)
        token = await accounts.new_session(user.name, client=request.headers.get("user-agent", ""))
        return sign_in_here(request, accounts, token, user.name, f"{roles.PREFIX}/account")

    @router.post("/account/sessions")
    async def end_session(request: Request) -> Response:
        user, form = signed_in(request).user, await fields(request)
        await store.console_users.end(user.name, form.get("session", ""))
        await store.audit.note(user.name, "session_ended", user.name)
        return to(f"{roles.PREFIX}/account?done=session")

    @router.get("/users")
    async def users(request: Request) -> Response:
        return pages.answer(request, "users.html", users=await store.console_users.list())

    @router.get("/audit")
    async def audit(request: Request, before: str = "") -> Response:
        found = await store.audit.find(before=_place(before), limit=AUDIT_PAGE + 1)
        shown = found[:AUDIT_PAGE]
        older = _mark(shown[-1]) if len(found) > AUDIT_PAGE else ""
        return pages.answer(request, "audit.html", entries=shown, older=older)

    return router


def _mark(entry: AuditRecord) -> str:
    return f"{entry.at.isoformat()}_{entry.id}"


def _place(mark: str) -> tuple[datetime, str] | None:
    moment, _, entry_id = mark.partition("_")
    try:
        return (datetime.fromisoformat(moment).astimezone(UTC), entry_id) if mark else None
    except ValueError:
        return None
