"""The simulated WeCom as its users hold it in their hands."""

from collections import Counter
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self

from steward.simulator.control import PREFIX, Control
from steward.simulator.faults import EVERY_ENDPOINT, Fault
from steward.simulator.gateway import Gateway, Reply, Request, split_target
from steward.simulator.registry import ENDPOINTS
from steward.simulator.server import LoopbackServer
from steward.simulator.site import Site
from steward.simulator.witness import SPAN_S, busiest


class Simulator:
    """A WeCom on 127.0.0.1 with a made-up company that lives on.

    The same seed, sizes and first moment give the same company and the same days, in every process.
    """

    def __init__(
        self,
        *,
        seed: int,
        people: int,
        groups: int,
        now: datetime,
        latency_s: float = 0.0,
        members: int | None = None,
    ) -> None:
        """Build the company; nothing is served before `start`.

        Args:
            people: employees on the first day, at least 20.
            groups: chats of all kinds on the first day, at least 1.
            now: aware; the simulated time flows in real time from here.
            latency_s: waited before every answer.
            members: colleagues in every group, as far as there are so many; None: as in life, 5 to 60.

        Raises:
            ValueError: a size too small, or `now` without a time zone.
        """
        if now.tzinfo is None:
            raise ValueError(f"now={now!r}: needs a time zone")
        self._site = Site(seed=seed, people=people, groups=groups, now=now, members=members)
        self._gateway = Gateway(self._site, latency_s)
        self._control = Control(self)
        self._server: LoopbackServer | None = None

    def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one.

        Raises:
            RuntimeError: it runs already.
            OSError: the port is taken.
        """
        if self._server:
            raise RuntimeError("the simulator runs already")
        self._gateway.stopping.clear()
        self._server = LoopbackServer(port, self._answer)

    def stop(self) -> None:
        """Stop serving and end open connections; the company stays as it is. Twice is harmless."""
        self._gateway.stopping.set()
        if self._server:
            self._server.stop()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answer(self, request: Request) -> Reply:
        if split_target(request.target)[0].startswith(PREFIX):
            return self._control.answer(request)
        return self._gateway.answer(request)

    @property
    def base_url(self) -> str:
        """Where the API is: `http://127.0.0.1:PORT/cgi-bin/`.

        Raises:
            RuntimeError: it does not run.
        """
        if not self._server:
            raise RuntimeError("the simulator does not run: use `with sim:` or sim.start()")
        return f"http://127.0.0.1:{self._server.server_port}/cgi-bin/"

    def credentials(self) -> dict[str, Any]:
        """Return what a client must know to call this WeCom."""
        access = self._site.access
        return {
            "base_url": self.base_url,
            "corp_id": access.corp_id,
            "agent_id": access.agent_id,
            "secrets": dict(access.secrets),
            "bot_keys": list(self._site.world.bots),
        }

    def now(self) -> datetime:
        """Return the simulated moment, aware, in UTC."""
        return self._site.clock.now()

    def set_now(self, now: datetime, *, speed: float = 1.0, since_s: float | None = None) -> None:
        """Jump to a moment; every working day that has ended by then (18:00 in UTC+8) has been lived.

        Going back changes the clock only: what happened stays.

        Args:
            speed: simulated seconds in one real second, from then on.
            since_s: when it was `now`, by `time.monotonic()`; None: it is now.
        """
        self._site.set_now(now, speed, since_s)

    def fail_next(
        self,
        endpoint: str,
        *,
        errcode: int | None = None,
        errmsg: str | None = None,
        delay_s: float = 0.0,
        cut: Literal["before", "after"] | None = None,
        body: bytes | None = None,
        status: int = 200,
        takes_effect: bool = False,
        times: int | None = 1,
        share: float = 1.0,
        only: str = "",
    ) -> None:
        """Let the next `times` calls of an endpoint ("*": of any) go wrong.

        Args:
            errcode: refused with this code, before anything else is looked at.
            errmsg: what the refusal says, where the code's own text will not do: it may name the limit's window.
            delay_s: real seconds waited first.
            cut: the connection ends before the call is handled, or after it took effect.
            body: sent instead of an answer, with `status`; the call has no effect unless `takes_effect`.
            times: None: until `clear_faults`.
            share: of the calls it is meant for, how many meet it; the seed decides which.
            only: those calls alone whose address or body holds this text: a bot's key, a chatid, a userid.

        Raises:
            ValueError: no such endpoint, no such way to cut, or a share outside 0..1.
        """
        if endpoint != EVERY_ENDPOINT and endpoint not in ENDPOINTS:
            raise ValueError(f"endpoint={endpoint!r}: not simulated; {', '.join(sorted(ENDPOINTS))} or *")
        self._gateway.faults.order(
            Fault(
                endpoint=endpoint,
                errcode=errcode,
                errmsg=errmsg,
                delay_s=delay_s,
                cut=cut,
                body=body,
                status=status,
                takes_effect=takes_effect,
                times=times,
                share=share,
                only=only,
            )
        )

    def clear_faults(self) -> None:
        """Forget all ordered faults."""
        self._gateway.faults.clear()

    def revoke_tokens(self) -> None:
        """Invalidate every access token in use."""
        with self._site.lock:
            self._site.access.revoke_all()

    def set_limits(self, **changes: Any) -> None:
        """Change limits and rights by the names in `limits`.

        Raises:
            ValueError: an unknown name.
        """
        with self._site.lock:
            self._site.limits.change(changes)

    @property
    def limits(self) -> dict[str, Any]:
        """All limits and rights in force."""
        return self._site.limits.as_dict()

    def empty_group(self, chat_id: str) -> None:
        """Take everybody out of a group; KeyError if there is none."""
        with self._site.lock:
            group = self._site.world.groups[chat_id]
            for member_id in list(group.members):
                self._site.world.leave(group, member_id)

    def dismiss_group(self, chat_id: str) -> None:
        """End a group; KeyError if there is none."""
        with self._site.lock:
            self._site.world.groups[chat_id].is_dismissed = True

    @property
    def received(self) -> list[dict[str, Any]]:
        """Messages that arrived: at, endpoint, to, body, is_answered. The live list, which a test may clear.

        `is_answered` is False where a fault kept the answer back, so that the sender cannot know.
        """
        return self._site.postbox.received

    @property
    def dropped(self) -> list[dict[str, Any]]:
        """Messages accepted with errcode 0 and shown to nobody: as `received`, and why."""
        return self._site.postbox.dropped

    @property
    def unanswered(self) -> list[dict[str, Any]]:
        """Messages whose sender learned nothing, by a fault: at, endpoint, to, body as sent, is_accepted."""
        return self._site.postbox.unanswered

    def busiest(self, span_s: float = SPAN_S) -> dict[str, int]:
        """Return for each bot ("bot:…"), member and chat the most messages within any `span_s` simulated seconds."""
        with self._site.lock:
            received = list(self.received)
        return busiest(received, span_s)

    @property
    def recalled(self) -> list[str]:
        """The msgids that were recalled."""
        return self._site.postbox.recalled

    @property
    def updated_cards(self) -> list[dict[str, Any]]:
        """The requests that changed a card."""
        return self._site.postbox.updated_cards

    @property
    def calls(self) -> Counter[tuple[str, int | None]]:
        """How often each (endpoint, errcode) was answered; errcode None is a cut or a garbage body."""
        return self._site.postbox.calls

    def media(self, media_id: str) -> tuple[str, bytes]:
        """Return (filename, bytes) of an upload, expired or not; KeyError if there is none."""
        with self._site.lock:
            media = self._site.media[media_id]
        return media.filename, media.content

    @property
    def planted(self) -> dict[str, Any]:
        """What is wrong in the company now and what happened day by day; read off its state at each call."""
        with self._site.lock:
            self._site.live()
            return self._site.company.planted()

    def rooms(self) -> list[dict[str, Any]]:
        """Return every group: chat_id, kind, name, owner, department_id, audience."""
        with self._site.lock:
            self._site.live()
            return self._site.company.rooms()
