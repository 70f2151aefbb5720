"""Websockets and event streams: passed on at once, counted apart, no demand."""

from __future__ import annotations

import http.client
import socket
import time

from tests.docker_cli import eventually


def test_an_event_stream_flows_and_is_no_demand(stand):
    """Events arrive one by one; the stream holds no slot and ends with its client."""
    made = stand(1, max_in_flight=1)
    connection = http.client.HTTPConnection(made.ip, 8080, timeout=30)
    connection.request("GET", "/events", headers={"Host": "localhost", "Accept": "text/event-stream"})
    response = connection.getresponse()
    assert response.status == 200
    assert [response.readline() for _ in range(4)] == [b"data: 1\n", b"\n", b"data: 2\n", b"\n"]
    assert (made.metric("streams"), made.metric("in_flight")) == (1, 0)
    demand = made.metric("demand_seconds_total")
    assert made.get("/").status == 200
    time.sleep(0.5)
    assert made.metric("demand_seconds_total") < demand + 0.3
    response.close()
    connection.close()
    eventually(lambda: (made.metric("streams"), made.metric("in_flight")) == (0, 0))
    assert made.metric("request_duration_seconds_count") == 1


def test_a_websocket_passes_and_is_no_demand(stand):
    """Upgrade goes through in both directions; the socket holds no slot."""
    made = stand(1, max_in_flight=1)
    with socket.create_connection((made.ip, 8080), timeout=30) as client:
        client.sendall(
            b"GET /socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert client.recv(1000).startswith(b"HTTP/1.1 101")
        client.sendall(b"hello")
        assert client.recv(1000) == b"hello"
        assert (made.metric("streams"), made.metric("in_flight")) == (1, 0)
        assert made.get("/").status == 200
    eventually(lambda: (made.metric("streams"), made.metric("in_flight")) == (0, 0))


def test_a_refused_upgrade_is_an_ordinary_request(stand):
    """Only what becomes a stream is counted as one."""
    made = stand(1)
    assert made.get("/", Upgrade="websocket", Connection="Upgrade").status == 200
    eventually(lambda: (made.metric("streams"), made.metric("in_flight")) == (0, 0))
    assert made.metric("request_duration_seconds_count") == 1
