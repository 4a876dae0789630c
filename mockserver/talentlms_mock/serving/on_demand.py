"""A server for tests, some of which may open no port."""

from contextlib import suppress
from threading import RLock
from typing import Any, Self

from talentlms_mock.errors import MockError, SetupError
from talentlms_mock.hosts import ServerAddress
from talentlms_mock.serving.server import MockServer


class OnDemandServer(MockServer):
    """A server that opens its ports when an address of it is first asked for.

    Until then its portals answer in this process alone, by `Portal.asgi`. The arguments are those
    of `MockServer`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._starting = RLock()
        self._has_ended = False

    def __enter__(self) -> Self:
        return self

    def open_ports(self) -> None:
        """Open the ports now, if that is possible.

        It takes calls that an event loop must not wait for. What stands in the way is raised when
        an address is asked for.
        """
        with suppress(Exception):
            self._opened()

    def stop(self) -> None:
        """Stop the server and its portals, for good.

        Raises:
            MockError: as `MockServer.stop`.
        """
        self._has_ended = True
        super().stop()

    def _opened(self) -> ServerAddress:
        if self._address is None and not self._has_ended:
            with self._starting:
                if self._address is None:
                    self._start()
        return super()._opened()

    def _start(self) -> None:
        try:
            self.start()
        except MockError:
            raise
        except Exception as error:  # of whatever blocks sockets
            reason = str(error).rstrip(".")
            raise SetupError(
                f"The mock cannot open its ports ({reason}): portal.asgi needs none; or allow the "
                "test sockets, with pytest-socket by @pytest.mark.enable_socket."
            ) from None

    def _check_running(self) -> None:
        if self._has_ended:
            super()._check_running()

    def _is_stopping(self) -> bool:
        return self._has_ended or (self._server is not None and self._server.should_exit)
