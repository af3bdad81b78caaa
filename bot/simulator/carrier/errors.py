"""What goes wrong at the carrier, under the numbers of Twilio's error dictionary."""

from dataclasses import dataclass
from http import HTTPStatus

REST_MESSAGES = {
    11100: "Invalid URL format: {about}",
    20001: "Invalid parameter: {about}",
    20003: "Authenticate",
    20404: "The requested resource {about} was not found",
    20429: "Too Many Requests",
    20500: "Internal Server Error",
    21201: "No 'To' number is specified",
    21205: "Url parameter is required.",
    21210: "The source phone number provided, {about}, is not yet verified for your account.",
    21211: "The phone number you are attempting to call, {about}, is not valid.",
    21213: "No 'From' number is specified",
    21220: "Call is not in-progress. {about}",
    21602: "Message body is required.",
    21604: "'To' phone number is required to send a Message",
    21606: "The 'From' phone number {about} is not a valid, message-capable phone number.",
    21609: "The StatusCallback URL {about} is not a valid URL.",
    21610: "Attempt to send to unsubscribed recipient",
    21614: "'To' number is not a valid mobile number: {about}",
    21617: "The concatenated message body exceeds the 1600 character limit.",
    32018: "The twiml parameter is longer than 4000 characters.",
}

REST_STATUS = {
    20003: HTTPStatus.UNAUTHORIZED,
    20404: HTTPStatus.NOT_FOUND,
    20429: HTTPStatus.TOO_MANY_REQUESTS,
    20500: HTTPStatus.INTERNAL_SERVER_ERROR,
}


@dataclass(frozen=True, kw_only=True)
class CarrierError:
    """One entry of the carrier's debugger: what Twilio's console would list."""

    code: int  # e.g. 31951; https://www.twilio.com/docs/api/errors/<code>
    message: str
    call_sid: str
    at_secs: float  # since the call began
    detail: str = ""  # the offending message or URL


class RestError(Exception):
    """A REST request refused, with the body that Twilio would send."""

    def __init__(self, code: int, about: str = "", *, status: int | None = None) -> None:
        self.code = code
        self.status = int(status or REST_STATUS.get(code, HTTPStatus.BAD_REQUEST))
        self.message = REST_MESSAGES.get(code, "Error {about}").format(about=about).strip()
        super().__init__(f"{self.status} {self.code}: {self.message}")

    @property
    def body(self) -> dict[str, object]:
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


class ApplicationError(Exception):
    """The call cannot go on: the service's TwiML could not be had or read.

    The caller would hear "an application error has occurred" and the line would drop.
    """

    def __init__(self, code: int, message: str, url: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.url = url
