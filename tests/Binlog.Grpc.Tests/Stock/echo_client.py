"""Calls the echo service with the stock gRPC client: echo_client.py TARGET CASE. Exit code 0 = as expected."""
import os
import sys
import time

import grpc

from echo_messages import decode, request

SERVICE = "/binlog.test.Echo/"
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def check(condition, text):
    if not condition:
        raise AssertionError(text)


def unary(channel):
    return channel.unary_unary(SERVICE + "Unary")


def failure(call):
    try:
        call()
    except grpc.RpcError as e:
        return e
    raise AssertionError("the call succeeded")


def case_unary(channel):
    for size in (0, 1, 1000, 100000):
        payload = os.urandom(size)
        check(decode(unary(channel)(request(payload), timeout=60)).get(1, b"") == payload, size)


def case_large(channel):
    payload = os.urandom(20_000_000)
    check(decode(unary(channel)(request(payload), timeout=120))[1] == payload, "payload")


def case_server_streaming(channel):
    replies = list(channel.unary_stream(SERVICE + "Repeat")(request(b"x" * 500, 2000), timeout=60))
    check(len(replies) == 2000, len(replies))
    check([decode(r).get(2, 0) for r in replies] == list(range(2000)), "order")


def case_client_streaming(channel):
    reply = channel.stream_unary(SERVICE + "Collect")((request(b"y" * n) for n in range(300)), timeout=60)
    check(decode(reply)[2] == sum(range(300)), reply)


def case_duplex(channel):
    replies = channel.stream_stream(SERVICE + "Chat")((request(b"z" * n) for n in range(1, 300)), timeout=60)
    check([len(decode(r)[1]) for r in replies] == list(range(1, 300)), "sizes")


def case_gzip(channel):
    payload = b"a" * 1_000_000
    call = unary(channel).with_call(request(payload), timeout=60, compression=grpc.Compression.Gzip)
    check(decode(call[0])[1] == payload, "payload")
    replies = channel.stream_stream(SERVICE + "Chat")(
        (request(payload) for _ in range(5)), timeout=60, compression=grpc.Compression.Gzip
    )
    check([len(decode(r)[1]) for r in replies] == [len(payload)] * 5, "sizes")


def case_deflate(channel):
    e = failure(lambda: unary(channel)(request(b"a" * 1000), timeout=60, compression=grpc.Compression.Deflate))
    check(e.code() == grpc.StatusCode.UNIMPLEMENTED, e)


def case_deadline(channel):
    e = failure(lambda: unary(channel)(request(command="wait"), timeout=0.3))
    check(e.code() == grpc.StatusCode.DEADLINE_EXCEEDED, e)


def case_cancel(channel):
    call = channel.unary_stream(SERVICE + "Repeat")(request(b"x", 1, "endless"), timeout=60)
    next(call)
    call.cancel()
    e = failure(lambda: list(call))
    check(e.code() == grpc.StatusCode.CANCELLED, e)


def case_status(channel):
    e = failure(lambda: unary(channel)(request(command="fail"), timeout=60))
    check(e.code() == grpc.StatusCode.FAILED_PRECONDITION, e)
    check(e.details() == "100% höflich\nabgelehnt", e.details())
    trailers = dict(e.trailing_metadata())
    check(trailers["reason"] == "asked for" and trailers["detail-bin"] == b"\x00\xff\x07", trailers)
    streamed = channel.unary_stream(SERVICE + "Repeat")(request(b"x", 3, "fail"), timeout=60)
    check(len([next(streamed) for _ in range(3)]) == 3, "messages before the status")
    e = failure(lambda: next(streamed))
    check(e.code() == grpc.StatusCode.FAILED_PRECONDITION, e)


def case_unknown_method(channel):
    e = failure(lambda: channel.unary_unary("/no.Such/Method")(b"", timeout=60))
    check(e.code() == grpc.StatusCode.UNIMPLEMENTED, e)


def case_metadata(channel):
    metadata = (("x-text", "a b"), ("x-data-bin", b"\x00\xff"))
    _, call = unary(channel).with_call(request(command="metadata"), metadata=metadata, timeout=60)
    check(dict(call.initial_metadata())["x-data-bin"] == b"\x00\xff", call.initial_metadata())
    check(dict(call.trailing_metadata())["tx-text"] == "a b", call.trailing_metadata())


def case_concurrent(channel):
    started = time.monotonic()
    futures = [unary(channel).future(request(bytes([n % 251]) * n), timeout=60) for n in range(500)]
    check([len(decode(f.result()).get(1, b"")) for f in futures] == list(range(500)), "sizes")
    print("seconds", time.monotonic() - started)


def main():
    target, case = sys.argv[1:3]
    if len(sys.argv) > 3:
        with open(sys.argv[3], "rb") as ca:
            channel = grpc.secure_channel(target, grpc.ssl_channel_credentials(ca.read()), options=UNLIMITED)
    else:
        channel = grpc.insecure_channel(target, options=UNLIMITED)
    with channel:
        globals()["case_" + case](channel)


main()
