"""What it means when a call breaks off: errors of the network, named by their consequence."""

from __future__ import annotations

from requests import exceptions as faults
from urllib3 import exceptions as urllib3_faults

from shelfhook.errors import HostDown, Permanent, ShelfhookError, Transient
from shelfhook.hosts.calls import Route
from shelfhook.hosts.limits import Deadline


def meaning(where: str, error: Exception, route: Route, deadline: Deadline) -> ShelfhookError:
    """The error of ours that stands for one of `requests`, `urllib3` or the sockets.

    Args:
        where: host, method and path, to begin the message with.
        error: what was raised.
        route: which way was taken.
        deadline: when the call would have been over.
    """
    if _caused_by(error, urllib3_faults.SSLError) and "CERTIFICATE" in str(error).upper():
        return Permanent(
            f"{where}: the TLS certificate of {route.base} is not trusted; "
            "give the file of its authority as `verify`"
        )
    if isinstance(error, faults.ProxyError):
        return HostDown(f"{where}: the proxy cannot be reached")
    if isinstance(error, faults.ConnectTimeout):
        return HostDown(f"{where}: no connection within {route.connect_timeout:g} s")
    if _caused_by(error, urllib3_faults.NameResolutionError):
        return HostDown(f"{where}: the name in {route.base} is not known")
    if _caused_by(error, urllib3_faults.NewConnectionError):
        return HostDown(f"{where}: {route.base} accepts no connection")
    if _timed_out(error):
        if deadline.left() <= 0.0:
            said = f"no complete answer within {deadline.seconds:g} s"
        else:
            said = f"no answer within {route.read_timeout:g} s"
        return Transient(f"{where}: {said}", overload=True)
    if isinstance(error, faults.InvalidURL | faults.InvalidSchema | faults.MissingSchema):
        return Permanent(f"{where}: {route.base} is not a usable URL")
    return Transient(f"{where}: the connection broke off ({type(_root(error)).__name__})")


def _timed_out(error: Exception) -> bool:
    return isinstance(error, faults.Timeout | TimeoutError) or _caused_by(
        error, urllib3_faults.ReadTimeoutError
    )


def _chain(error: BaseException) -> list[BaseException]:
    """An error and the ones it carries, as requests and urllib3 nest them: in args and `reason`."""
    found: list[BaseException] = []
    waiting: list[BaseException] = [error]
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.append(one)
        inner = [*one.args, getattr(one, "reason", None), one.__cause__]
        waiting += [part for part in inner if isinstance(part, BaseException)]
    return found


def _caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    return any(isinstance(one, kind) for one in _chain(error))


def _root(error: BaseException) -> BaseException:
    return _chain(error)[-1]
