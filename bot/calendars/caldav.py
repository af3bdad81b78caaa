"""The wire of a CalDAV calendar: the five requests that appointments need, and their answers.

Sources: RFC 4791 (calendar-query in a time range, 7.8; preconditions of PUT, 5.3.2), RFC 9110
(If-Match, If-None-Match, 13.1). `If-None-Match: *` is what keeps two writers apart: of two that
create one resource, the second is answered 412.
"""

import asyncio
import datetime as dt
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import quote, urljoin, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import httpx

from bot.bounded_body import BadBody, BoundedBody
from bot.trust import machine_trust
from tools import Unavailable

REQUEST_SECS = 3.0  # a calendar that takes longer is taken for one that cannot be reached
MAX_ANSWER_BYTES = 2 * 1024 * 1024  # some thousands of events

_DAV, _CALDAV = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
_QUERY = """<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
<D:prop><D:getetag/><C:calendar-data/></D:prop>
<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{condition}</C:comp-filter>
</C:comp-filter></C:filter></C:calendar-query>"""
_WITHIN = '<C:time-range start="{start}" end="{end}"/>'
_WITH_UID = (
    '<C:prop-filter name="UID"><C:text-match collation="i;octet">{uid}</C:text-match>'
    "</C:prop-filter>"
)
_IS_CALENDAR = """<?xml version="1.0" encoding="utf-8"?>
<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/></D:prop></D:propfind>"""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One file of a calendar: an event with all its repetitions."""

    url: str
    etag: str
    text: str  # iCalendar


class Conflict(Exception):
    """Somebody else has written it meanwhile (412), or it is there already."""


class CalDav:
    """Calendars on one server; connections are shared by all calls.

    Every method raises `Unavailable` when no usable answer comes, and then says whether a write
    may have been done all the same.
    """

    def __init__(
        self, *, user: str, password: str, client: httpx.AsyncClient | None = None
    ) -> None:
        self._auth = httpx.BasicAuth(user, password) if user else None
        self._client = client or httpx.AsyncClient(verify=machine_trust(), trust_env=False)

    async def __aenter__(self) -> "CalDav":
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def within(self, calendar: str, start: dt.datetime, end: dt.datetime) -> list[Resource]:
        """The events that take place between two moments, with what repeats into that time."""
        condition = _WITHIN.format(start=_utc(start), end=_utc(end))
        return await self._query(calendar, condition)

    async def with_uid(self, calendar: str, uid: str) -> list[Resource]:
        """The events with this UID; some servers find those, too, of which it is a part."""
        return await self._query(calendar, _WITH_UID.format(uid=escape(uid)))

    async def get(self, url: str) -> Resource | None:
        """One resource; None if there is none."""
        status, headers, body = await self._ask("GET", url)
        if status in (404, 410):
            return None
        _expect(status, {200}, "GET")
        return Resource(url=url, etag=headers.get("ETag", ""), text=_text(body))

    async def create(self, url: str, text: str) -> str:
        """Writes a resource that must not be there yet; its etag, or "" where the server keeps it
        to itself. Raises Conflict.
        """
        return await self._put(url, text, {"If-None-Match": "*"})

    async def replace(self, resource: Resource, text: str) -> str:
        """Writes over a resource that must be as it was read. Raises Conflict."""
        return await self._put(resource.url, text, {"If-Match": resource.etag})

    async def put(self, url: str, text: str) -> str:
        """Writes a resource, whatever is there."""
        return await self._put(url, text, {})

    async def delete(self, url: str, etag: str = "") -> None:
        """Deletes a resource; with an etag only as it was read. It may be gone already.

        Raises:
            Conflict.
        """
        headers = {"If-Match": etag} if etag else {}
        status, _, _ = await self._ask("DELETE", url, headers=headers)
        if status == 412:
            raise Conflict(url)
        _expect(status, {200, 202, 204, 404, 410}, "DELETE")

    async def fault(self, calendar: str) -> str:
        """Why this is no calendar to work with, a sentence; empty if it is one."""
        headers = {"Depth": "0", "Content-Type": "application/xml; charset=utf-8"}
        try:
            status, _, body = await self._ask(
                "PROPFIND", calendar, content=_IS_CALENDAR, headers=headers
            )
        except Unavailable as error:
            return f"the calendar cannot be reached: {error}"
        if status in (401, 403):
            return f"the server refuses the user or the password ({status})"
        if status != 207:
            return f"the server answers {status}: is this the address of a calendar?"
        try:
            found = ElementTree.fromstring(body).iter(f"{_CALDAV}calendar")
        except ElementTree.ParseError:
            return "the server does not speak CalDAV"
        return "" if any(True for _ in found) else "this is a folder, and no calendar"

    async def _query(self, calendar: str, condition: str) -> list[Resource]:
        headers = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
        body = _QUERY.format(condition=condition)
        status, _, answer = await self._ask("REPORT", calendar, content=body, headers=headers)
        _expect(status, {207}, "REPORT")
        try:
            return await asyncio.to_thread(_resources, calendar, answer)
        except ElementTree.ParseError as error:
            raise Unavailable(
                f"REPORT was answered without XML: {error}", maybe_done=False
            ) from None

    async def _put(self, url: str, text: str, condition: dict[str, str]) -> str:
        headers = {"Content-Type": "text/calendar; charset=utf-8", **condition}
        status, answered, _ = await self._ask("PUT", url, content=text, headers=headers)
        if status in (409, 412):
            raise Conflict(url)
        _expect(status, {200, 201, 204}, "PUT")
        return str(answered.get("ETag", ""))

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        content: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, httpx.Headers, bytes]:
        writes = method in ("PUT", "DELETE")
        request = self._client.build_request(
            method,
            url,
            content=content.encode() if content is not None else None,
            headers={"Accept-Encoding": "identity", **(headers or {})},
            timeout=REQUEST_SECS,
        )
        try:
            async with asyncio.timeout(REQUEST_SECS):
                response = await self._client.send(
                    request, auth=self._auth, stream=True, follow_redirects=False
                )
                try:
                    body = BoundedBody(
                        response.headers.get("Content-Encoding", ""), MAX_ANSWER_BYTES
                    )
                    async for chunk in response.aiter_raw():
                        body.add(chunk)
                    return response.status_code, response.headers, body.content
                finally:
                    await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            detail = f"{method} failed: {type(error).__name__}"
            raise Unavailable(detail, maybe_done=False) from None
        except (httpx.HTTPError, TimeoutError, BadBody) as error:
            detail = f"{method} failed: {str(error) or type(error).__name__}"
            raise Unavailable(detail, maybe_done=writes) from None


def resource_url(calendar: str, name: str) -> str:
    """The address of a resource of ours in this calendar."""
    return f"{calendar.rstrip('/')}/{quote(name, safe='')}.ics"


def _expect(status: int, good: set[int], method: str) -> None:
    if status not in good:
        maybe_done = status >= 500 and method in ("PUT", "DELETE")
        raise Unavailable(f"{method} was answered {status}", maybe_done=maybe_done)


def _resources(calendar: str, answer: bytes) -> list[Resource]:
    found = []
    own = urlsplit(calendar)
    for response in ElementTree.fromstring(answer).iter(f"{_DAV}response"):
        href, data = response.findtext(f"{_DAV}href"), response.find(f".//{_CALDAV}calendar-data")
        if not href or data is None or not data.text:
            continue
        url = urljoin(calendar, href.strip())
        if urlsplit(url)[:2] != own[:2]:  # a path on this server, whatever else it writes
            continue
        etag = response.findtext(f".//{_DAV}getetag") or ""
        found.append(Resource(url=url, etag=etag.strip(), text=data.text))
    return found


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _utc(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
