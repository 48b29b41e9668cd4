"""A service in this process: the same as ``spanwise serve``, on threads that never hold the interpreter."""

import atexit as _atexit
import json as _json
import os as _os
import tempfile as _tempfile
import threading as _threading
import time as _time
import weakref as _weakref

from ._spanwise import Bundle as _Bundle
from ._spanwise import guard_json as _guard_json
from ._spanwise import save_bundle as _save_bundle
from ._spanwise import serve_started as _serve_started

_running = _weakref.WeakSet()
# seconds between two looks for a signal
_LOOK = 0.2


class Service:
    """A service that runs: ``url``, ``address``, ``port``, ``grpc_address``, ``log``; it ends with its ``with`` block, by ``stop()``,
    or with the interpreter.

    Threads do not follow a fork: a child process has the handle and no service, and its ``stop`` is refused.
    """

    def __init__(self, server, folder=None):
        self._server = server
        self._folder = folder
        self._stopped = _threading.Event()
        _running.add(self)

    @property
    def url(self):
        """Where it listens, such as ``http://127.0.0.1:41873``."""
        return self._server.url

    @property
    def address(self):
        """Host and port."""
        return self._server.address

    @property
    def port(self):
        """The port, also where a free one was taken."""
        return int(self.address.rsplit(":", 1)[1])

    @property
    def grpc_address(self):
        """The second address, if one was asked for; gRPC is spoken on the first too."""
        return self._server.grpc_address

    @property
    def log(self):
        """The folder of the prediction log; None if nothing is logged."""
        return self._server.log

    @property
    def waits_for(self):
        """Names of challengers and shadows that stand for no version yet; they are taken up once they do."""
        return self._server.waits_for

    @property
    def is_running(self):
        """Whether it answers, in this process."""
        return self._server.is_running

    def stop(self):
        """Takes no more connections, answers what is under way, and writes the log to its end; nothing the second time."""
        try:
            self._server.stop()
        finally:
            self._stopped.set()
            _running.discard(self)
            if self._folder is not None:
                self._folder.cleanup()

    def wait(self, timeout=None):
        """Waits until somebody stops it, at most ``timeout`` seconds; ctrl-c is a KeyboardInterrupt. Whether it was stopped."""
        # in short waits: a signal that another thread takes wakes nobody, and Python looks for it in between
        end = None if timeout is None else _time.monotonic() + timeout
        while not self._stopped.is_set():
            left = _LOOK if end is None else min(_LOOK, end - _time.monotonic())
            if left <= 0:
                break
            self._stopped.wait(left)
        return self._stopped.is_set()

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        self.stop()

    def __repr__(self):
        state = f"at {self.url}" if self.is_running else "stopped"
        return f"<spanwise.Service {state}>"


@_atexit.register
def _stop_all():
    for service in list(_running):
        if service.is_running:
            service.stop()


def serve(
    what=None,
    *,
    project=None,
    folder=None,
    host="127.0.0.1",
    port=0,
    grpc_port=None,
    certificate=None,
    key=None,
    client_ca=None,
    keys=None,
    jwt=None,
    log=None,
    log_folder=None,
    challenger=None,
    share=None,
    act=None,
    shadow=None,
    watch=None,
    max_in_flight=None,
    memory=None,
    sample=None,
    mask=None,
    keep=None,
    price=None,
    log_format=None,
    log_level=None,
    access_log=None,
    otlp=None,
    audit_log=None,
):
    """Answer requests over HTTP and gRPC from this process; as ``spanwise serve``, whose options have the same names.

    It is ready when this returns, and answers on threads of its own while Python goes on. Several services may run in one
    process. Off loopback, keys are required (``keys``, or the environment's SPANWISE_API_KEYS), as for the verb.

    Parameters
    ----------
    what : str, path-like or Bundle, optional
        A bundle file, a bundle that was loaded, or a service of the project; the project's only service if left out.
    project : str or path-like, optional
        The project's folder or file, the current folder if left out; not with a bundle or a folder of bundles.
    folder : str or path-like, optional
        A folder of bundles instead: each file NAME.bundle is the model NAME.
    host, port : str, int
        Where to listen: an address of this machine, and 0 for a free port.
    grpc_port : int, optional
        A second port for the same.
    certificate, key, client_ca : path-like, optional
        PEM files of TLS.
    keys : path-like, optional
        The keys file.
    jwt : (issuer, audience, keys), optional
        Whose tokens are taken.
    log : {"sampled", "audit", "off"}, optional
        The prediction log; ``log_folder`` is where it goes, ``sample`` the share of requests, ``mask`` a list of inputs whose
        values are not logged, ``keep`` after how long a day is removed, such as ``"90d"``.
    challenger, share, shadow, watch, max_in_flight, memory, price : optional
        As the options of the verb: ``watch="never"``, ``memory="2GiB"``.
    act : {"tell", "promote", "rollback", "both"}, optional
        What the guard of the project's service may do by itself.
    log_level : {"off", "error", "warn", "info"}, optional
        What the service tells on standard error; nothing if left out. ``log_format``, ``access_log`` (a file), ``otlp`` and
        ``audit_log`` as for the verb.

    Returns
    -------
    Service

    Raises
    ------
    SpanwiseError
        Something was refused, in the words of the verb: the address is taken, a bundle is not sound, keys are missing.
    """
    options = [
        ("address", _address(host, port)),
        ("grpc_address", None if grpc_port is None else _address(host, grpc_port)),
        ("keys", keys),
        ("log", log),
        ("log_folder", log_folder),
        ("max_in_flight", max_in_flight),
        ("challenger", challenger),
        ("share", share),
        ("act", act),
        ("shadow", shadow),
        ("watch", watch),
        ("memory", memory),
        ("price", price),
        ("sample", sample),
        ("keep", keep),
        ("log_format", log_format),
        ("log_level", log_level),
        ("access_log", access_log),
        ("otlp", otlp),
        ("audit_log", audit_log),
        *(("mask", column) for column in _several(mask)),
    ]
    texts = [(name, _text(value)) for name, value in options if value is not None]
    kind, path, name, held = _served(what, project, folder)
    return Service(_serve_started(kind, path, name, _tls(certificate, key, client_ca), jwt, texts), held)


def _served(what, project, folder):
    """The kind of thing served, its path, the service's name, and a temporary folder that goes with it."""
    if folder is not None:
        if what is not None or project is not None:
            raise TypeError("serve(): `folder` found beside `what` or `project`, expected one of them")
        return "folder", _os.fspath(folder), None, None
    if isinstance(what, _Bundle):
        held = _tempfile.TemporaryDirectory(prefix="spanwise-")
        path = _os.path.join(held.name, "served.bundle")
        _save_bundle(what, path)
        return "bundle", path, None, held
    text = None if what is None else _os.fspath(what)
    if text is not None and text.endswith(".bundle"):
        return "bundle", text, None, None
    return "project", _os.fspath("." if project is None else project), text, None


def _tls(certificate, key, client_ca):
    if (certificate is None) != (key is None):
        raise TypeError("serve(): found one of `certificate` and `key`, expected both or none")
    if certificate is None:
        if client_ca is not None:
            raise TypeError("serve(): `client_ca` found without `certificate`")
        return None
    return tuple(None if path is None else _os.fspath(path) for path in (certificate, key, client_ca))


def _address(host, port):
    return f"[{host}]:{port}" if ":" in host else f"{'127.0.0.1' if host == 'localhost' else host}:{port}"


def _several(mask):
    return [] if mask is None else [mask] if isinstance(mask, str) else list(mask)


def _text(value):
    return _os.fspath(value) if isinstance(value, _os.PathLike) else str(value)


def guard(service=None, *, project=".", act=False):
    """How champion and challenger of a service compare now, as ``spanwise guard`` tells it, in a dictionary.

    ``guardrails`` holds the difference of each with the interval that holds at every look, ``verdict`` is ``promote``,
    ``rollback``, ``wait`` or ``mistrust``, ``sentence`` says why. With ``act``, what is decided is done (``is_done``) and stands
    in the ledger. A service without a guard or a challenger is a SpanwiseError.
    """
    return _json.loads(_guard_json(_os.fspath(project), service, act))
