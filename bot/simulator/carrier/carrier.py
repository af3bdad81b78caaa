"""The simulated carrier: a telephone company on loopback that speaks Twilio's protocols."""

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType

from bot.simulator.caller import CallerScript
from bot.simulator.carrier.answers import AnswerPolicy, Answers, RefusedByApi
from bot.simulator.carrier.call import SimCall
from bot.simulator.carrier.conference import Conferences
from bot.simulator.carrier.errors import CarrierError, RestError
from bot.simulator.carrier.exchange import Exchange
from bot.simulator.carrier.faults import CallbackFaults, RestFaults
from bot.simulator.carrier.life import CallLife
from bot.simulator.carrier.marks_late import MarksLate
from bot.simulator.carrier.number_api import SimAccount, SimNumber
from bot.simulator.carrier.request import Callback, CallRequest, RecordingRequest
from bot.simulator.carrier.rest import build_api
from bot.simulator.carrier.states import CallStatus, End, EndReason, Fetch
from bot.simulator.carrier.texts import SimText, TextExchange, TextPolicy
from bot.simulator.carrier.timeline import Event
from bot.simulator.carrier.webhooks import Webhooks
from bot.simulator.loopback_server import LoopbackServer
from bot.simulator.voices import Voice

CLOSE_SECS = 5.0  # calls and callbacks still under way when the carrier closes get this long


class Carrier:
    """Runs while its `async with` block does. Calls are made with `dial`, or by the service
    through the REST API at `url`.

    `webhook_base` is where the service really listens, e.g. http://127.0.0.1:8080: requests are
    signed for the public URL they are addressed to, and sent there (wss becomes ws). It may be
    set later, when the service's port is known.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        phone_number: str,
        api_keys: Mapping[str, str] | None = None,  # SK... -> secret, accepted beside the token
        voice_url: str | None = None,  # where the number's incoming calls are announced
        status_callback: str | None = None,  # where their end is reported
        text_url: str | None = None,  # where texts to the number are announced
        webhook_base: str | None = None,
        chunk_ms: int = 20,
        say_voice: Voice | None = None,  # speaks <Say>
        say_ms_per_char: float = 60.0,  # how long a <Say> lasts without a voice
        default_answer: AnswerPolicy | None = None,  # at numbers without a policy of their own
        watcher: Callable[[SimCall, Event], None] | None = None,  # told of every event at once
    ) -> None:
        self.account_sid = account_sid
        self.phone_number = phone_number
        self.credentials: dict[str, str] = {account_sid: auth_token, **(api_keys or {})}
        self.rest_faults = RestFaults()
        self.calls: dict[str, SimCall] = {}
        self.closing = asyncio.Event()
        self.media_is_open = True  # as at Twilio, unless an account wants credentials asked for
        self.account = SimAccount()
        addresses = {
            "voice_url": voice_url,
            "status_callback": status_callback,
            "sms_url": text_url,
        }
        given = {name: url for name, url in addresses.items() if url}
        self.number = SimNumber(number=phone_number, fields=given)
        self._server = LoopbackServer(build_api(self))
        self._webhooks = Webhooks(auth_token=auth_token, webhook_base=webhook_base)
        self._exchange = Exchange(
            account_sid=account_sid,
            api_url=self._server.url,
            webhooks=self._webhooks,
            chunk_ms=chunk_ms,
            say_voice=say_voice,
            say_ms_per_char=say_ms_per_char,
            default_answer=default_answer or Answers(),
            watcher=watcher,
        )

        self._exchange.conferences = self.conferences = Conferences()
        self.texts = TextExchange(
            exchange=self._exchange, owns=self.owns, text_url=lambda: self.number["sms_url"]
        )

    async def __aenter__(self) -> "Carrier":
        await self._server.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hang up everywhere, let the last callbacks out, close the port."""
        self.closing.set()
        for call in self.calls.values():
            status = CallStatus.COMPLETED if call.line else CallStatus.CANCELED
            call.order(End(status=status, reason=EndReason.CARRIER_CLOSED))
        await self.settle(timeout_secs=CLOSE_SECS)
        for task in list(self._exchange.tasks):
            task.cancel()
        await asyncio.gather(*self._exchange.tasks, return_exceptions=True)
        await self._server.stop()
        await self._webhooks.close()

    @property
    def url(self) -> str:
        """Base of the REST API, to be used in place of https://api.twilio.com."""
        return self._server.url

    @property
    def errors(self) -> list[CarrierError]:
        """The debugger: everything complained of, in all calls."""
        return self._exchange.errors

    @property
    def webhook_base(self) -> str | None:
        """Where the service really listens; None: at its public URLs."""
        return self._webhooks.webhook_base

    @webhook_base.setter
    def webhook_base(self, base: str | None) -> None:
        self._webhooks.webhook_base = base

    def balance(self, balancer: Callable[[str], str]) -> None:
        """From now on `balancer` says of each public URL, stream or webhook, which base it goes
        to: several processes behind one address.
        """
        self._webhooks.balancer = balancer

    @property
    def callback_faults(self) -> CallbackFaults:
        """What befalls status callbacks from now on."""
        return self._exchange.callback_faults

    @callback_faults.setter
    def callback_faults(self, faults: CallbackFaults) -> None:
        self._exchange.callback_faults = faults

    @property
    def marks_late(self) -> MarksLate:
        """How late marks come back in streams that begin from now on."""
        return self._exchange.marks_late

    @marks_late.setter
    def marks_late(self, late: MarksLate) -> None:
        self._exchange.marks_late = late

    @property
    def queue_secs(self) -> float:
        """How long outbound calls stay queued before they are dialled."""
        return self._exchange.queue_secs

    @queue_secs.setter
    def queue_secs(self, secs: float) -> None:
        self._exchange.queue_secs = secs

    def answer(self, number: str, policy: AnswerPolicy) -> None:
        """Decide what happens when this number (or SIP URI) is called, by REST or by <Dial>."""
        self._exchange.answers[number] = policy

    def text_policy(self, number: str, policy: TextPolicy) -> None:
        """Decide what happens to texts to this number."""
        self.texts.policies[number] = policy

    async def text(self, from_number: str, body: str) -> SimText:
        """Somebody sends the line a text; returns once the service has answered."""
        return await self.texts.receive(
            from_number=from_number, to_number=self.phone_number, body=body
        )

    async def dial(
        self,
        from_number: str,
        *,
        caller: CallerScript | None = None,
        to_number: str | None = None,
        voice_url: str | None = None,
        status_callback: str | None = None,
        recording: RecordingRequest | None = None,
    ) -> SimCall:
        """Somebody calls the line. Returns at once; the call goes its way.

        `from_number` need not be E.164: people withhold it. Without a script the caller stays on,
        silent, until the other side hangs up.
        """
        url = voice_url or self.number["voice_url"]
        if not url:
            raise ValueError("Give dial() a voice_url, or the Carrier, so that someone answers.")
        method = "POST" if voice_url else self.number["voice_method"]
        reported_to = status_callback or self.number["status_callback"]
        fallback = self.number["voice_fallback_url"]
        request = CallRequest(
            source=Fetch(url=url, method=method),
            fallback=Fetch(url=fallback) if fallback else None,
            status_callback=Callback(url=reported_to) if reported_to else None,
            recording=recording,
        )
        script = caller or CallerScript()
        call = SimCall(
            exchange=self._exchange,
            direction="inbound",
            from_number=from_number,
            to_number=to_number or self.phone_number,
            request=request,
            surroundings=script.surroundings,
        )
        self._begin(call, script, None)
        return call

    def owns(self, number: str) -> bool:
        """May outbound calls show this number?"""
        return number == self.phone_number or number.startswith(("sip:", "client:"))

    def place_call(self, *, to: str, from_number: str, request: CallRequest) -> SimCall:
        """Make the outbound call that was asked for by REST; `RestError` where it is refused."""
        policy = self._exchange.answer_at(to)
        if isinstance(policy, RefusedByApi):
            raise RestError(policy.code, to)
        script = policy.caller if isinstance(policy, Answers) else CallerScript()
        call = SimCall(
            exchange=self._exchange,
            direction="outbound-api",
            from_number=from_number,
            to_number=to,
            request=request,
            surroundings=script.surroundings,
        )
        self._begin(call, script, policy)
        return call

    async def wait_for_call(self, *, to: str | None = None, timeout_secs: float = 5.0) -> SimCall:
        """The newest call (to this number), now or as soon as there is one."""
        async with asyncio.timeout(timeout_secs):
            while True:
                for call in reversed(self.calls.values()):
                    if to is None or call.to_number == to:
                        return call
                await asyncio.sleep(0.01)

    async def settle(self, timeout_secs: float = 5.0) -> None:
        """Wait until no call is live and no callback is under way, at most this long."""
        deadline = asyncio.get_running_loop().time() + timeout_secs
        while (
            self._exchange.tasks and (left_secs := deadline - asyncio.get_running_loop().time()) > 0
        ):
            await asyncio.wait(set(self._exchange.tasks), timeout=left_secs)

    def _begin(self, call: SimCall, script: CallerScript, policy: AnswerPolicy | None) -> None:
        self.calls[call.sid] = call
        life = CallLife(call=call, exchange=self._exchange, script=script, policy=policy)
        self._exchange.spawn(life.run())
