"""Runs inside a container: answers on every port that is named, by TCP and UDP, until it is stopped."""

import signal
import socket
import struct
import sys
import threading

_PKTINFO = 8  # IP_PKTINFO; Python names it since 3.14


def _answer_tcp(port: int) -> None:
    with socket.create_server(("", port), backlog=64, reuse_port=True) as server:
        while True:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"here\n")


def _answer_udp(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.setsockopt(socket.SOL_IP, _PKTINFO, 1)
        server.bind(("", port))
        while True:
            question, notes, _, sender = server.recvmsg(2048, socket.CMSG_SPACE(12))
            asked = notes[0][2][8:12]  # ip(7): the address that was asked is the one that answers
            server.sendmsg([question], [(socket.SOL_IP, _PKTINFO, struct.pack("=i4s4x", 0, asked))], 0, sender)


for number in map(int, sys.argv[1:]):
    for answer in (_answer_tcp, _answer_udp):
        threading.Thread(target=answer, args=(number,), daemon=True).start()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("listening", flush=True)  # noqa: T201 - whoever starts it waits for this line
signal.pause()
