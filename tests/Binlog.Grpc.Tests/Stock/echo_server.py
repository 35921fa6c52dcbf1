"""The echo service on the stock gRPC server. Prints its port, serves until its input ends."""
import sys
import threading
from concurrent import futures

import grpc

from echo_messages import decode, reply

SERVICE = "binlog.test.Echo"


def obey(fields, context):
    command = fields.get(3, b"").decode()
    if command == "fail":
        context.set_trailing_metadata((("reason", "asked for"), ("detail-bin", b"\x00\xff\x07")))
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "100% höflich\nabgelehnt")
    if command == "wait":
        ended = threading.Event()
        context.add_callback(ended.set)
        ended.wait()
    if command == "gzip":
        context.set_compression(grpc.Compression.Gzip)
    if command == "metadata":
        sent = [(k, v) for k, v in context.invocation_metadata() if k.startswith("x-")]
        context.send_initial_metadata(sent)
        context.set_trailing_metadata([("t" + k, v) for k, v in sent])


def unary(data, context):
    fields = decode(data)
    obey(fields, context)
    payload = fields.get(1, b"")
    return reply(payload, len(payload), context.peer())


def collect(requests, context):
    total = 0
    for data in requests:
        fields = decode(data)
        obey(fields, context)
        total += len(fields.get(1, b""))
    return reply(total=total)


def repeat(data, context):
    fields = decode(data)
    if fields.get(3) == b"gzip":
        obey(fields, context)
    for i in range(fields.get(2, 0)):
        yield reply(fields.get(1, b""), i)
    if fields.get(3) != b"gzip":
        obey(fields, context)


def chat(requests, context):
    for data in requests:
        fields = decode(data)
        obey(fields, context)
        yield reply(fields.get(1, b""))


def main():
    server = grpc.server(
        futures.ThreadPoolExecutor(8),
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    handlers = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary),
        "Collect": grpc.stream_unary_rpc_method_handler(collect),
        "Repeat": grpc.unary_stream_rpc_method_handler(repeat),
        "Chat": grpc.stream_stream_rpc_method_handler(chat),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(None)


main()
