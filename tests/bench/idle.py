#!/usr/bin/env python3
"""`./dev bench idle`: the memory of a keep-alive connection between two requests."""
import socket

from rig import RigError
from rig.goals import Goal, run

CONNECTIONS = 4_000
SIZES = (1_500, 100_000)  # of the request each connection was used for


def request_with(body):
    text = body.read_bytes()
    return (b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer sk-test-0123456789abcdef0123456789abcdef\r\nContent-Length: %d\r\n\r\n" % len(text)
            + text)


def ask(connection, request):
    connection.sendall(request)
    got = b""
    while b"\r\n\r\n" not in got or not got.endswith(b"}"):
        more = connection.recv(65536)
        if not more:
            raise RigError(f"the connection ended: {got[:200]}")
        got += more
    if not got.startswith(b"HTTP/1.1 200"):
        raise RigError(f"not answered: {got[:200]}")


def kib_per_connection(proxy, request):
    """Beyond what is there after the same requests over one connection."""
    with socket.create_connection(("127.0.0.1", proxy.port)) as one:
        for _ in range(CONNECTIONS):
            ask(one, request)
    before = proxy.rss_mib()
    connections = [socket.create_connection(("127.0.0.1", proxy.port)) for _ in range(CONNECTIONS)]
    for connection in connections:
        ask(connection, request)
    grown = proxy.rss_mib() - before
    for connection in connections:
        connection.close()
    return grown * 1024 / CONNECTIONS


def measure(rig, options):
    proxies = [rig.start_haproxy(), rig.start_nginx(), rig.start_signalbox()]
    figures = {proxy.name: {str(size): kib_per_connection(proxy, request_with(rig.body(size))) for size in SIZES}
               for proxy in proxies}
    print("\n| proxy | " + " | ".join(f"after {size:,} B" for size in SIZES) + " |\n|---|" + "--:|" * len(SIZES))
    for name, of in figures.items():
        print(f"| {name} | " + " | ".join(f"{of[str(size)]:.2f}" for size in SIZES) + " |")
    print(f"\nKiB of resident memory for each of {CONNECTIONS:,} idle connections")
    goals = [Goal(f"idle connection after a request of {size:,} B, KiB", figures["signalbox"][str(size)], 4)
             for size in SIZES]
    return goals, {"kib": figures}


if __name__ == "__main__":
    run("idle", measure)
