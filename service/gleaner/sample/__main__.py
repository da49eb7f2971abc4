"""`python -m gleaner.sample`: serve the sample API until it is told to stop."""

import argparse
import logging
import signal
import ssl
import sys
from pathlib import Path
from types import FrameType

from werkzeug.serving import WSGIRequestHandler, make_server

from gleaner.errors import InputError
from gleaner.sample.api import TOKEN, create_sample_api
from gleaner.settings import read_settings


class _KeepAlive(WSGIRequestHandler):
    """Connections stay open, as a real server keeps them."""

    protocol_version = "HTTP/1.1"


def main() -> int:
    """Prints its address as the first line, and nothing else."""
    parser = argparse.ArgumentParser(prog="python -m gleaner.sample", description="A small API to collect from.")
    parser.add_argument("--bind", default="127.0.0.1:8010", metavar="HOST:PORT", help="port 0: any free one")
    parser.add_argument("--token-file", type=Path, help=f"holds the bearer token to ask for, instead of {TOKEN}")
    parser.add_argument("--fail-every", type=int, default=23, metavar="N", help="each N-th answer is a 503; 0: none")
    parser.add_argument("--certificate", type=Path, help="serve HTTPS with this PEM file; needs --key")
    parser.add_argument("--key", type=Path, help="the certificate's private key")
    args = parser.parse_args()
    if bool(args.certificate) != bool(args.key):
        parser.error("--certificate and --key go together")
    try:
        host, port = read_settings({"GLEANER_BIND": args.bind}).address
    except InputError as error:
        parser.error(str(error).replace("GLEANER_BIND", "--bind"))
    tls = _tls(args.certificate, args.key) if args.certificate else None
    _serve(host, port, args.token_file, args.fail_every, tls)
    return 0


def _tls(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


def _serve(host: str, port: int, token_file: Path | None, fail_every: int, tls: ssl.SSLContext | None) -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = create_sample_api(token=lambda: _token(token_file), fail_every=fail_every)
    server = make_server(host, port, app, threaded=True, request_handler=_KeepAlive)
    if tls:
        server.ssl_context = tls  # the links in its answers are https
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)  # in the thread
    signal.signal(signal.SIGTERM, _stop)
    shown = f"[{host}]" if ":" in host else host
    print(f"http{'s' if tls else ''}://{shown}:{server.port}", flush=True)  # noqa: T201 (whoever starts it reads the address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


def _token(file: Path | None) -> str:
    return file.read_text(encoding="utf-8").strip() if file else TOKEN


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
