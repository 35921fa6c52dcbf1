"""Writes and pulls binlogs with the stock gRPC client: pump_client.py TARGET CLUSTER_ID. Exit code 0 = as expected."""
import sys

import grpc


def varint(n):
    out = b""
    while True:
        n, low = n >> 7, n & 0x7F
        out += bytes([low | (0x80 if n else 0)])
        if not n:
            return out


def number(field, value):
    return varint(field << 3) + varint(value)


def data(field, value):
    return varint(field << 3 | 2) + varint(len(value)) + value


def decode(message):
    fields, at = {}, 0

    def read():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        tag = read()
        if tag & 7 == 0:
            fields[tag >> 3] = read()
        else:
            length = read()
            fields[tag >> 3] = message[at : at + length]
            at += length
    return fields


def prewrite(start_ts, value):
    return number(1, 0) + number(2, start_ts) + number(3, 0) + data(4, b"key") + data(5, value) + number(7, 0) + number(8, 0)


def outcome(kind, start_ts, commit_ts):
    return number(1, kind) + number(2, start_ts) + number(3, commit_ts) + data(4, b"key") + number(7, 0) + number(8, 0)


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def main():
    target, cluster_id = sys.argv[1], int(sys.argv[2])
    with grpc.insecure_channel(target) as channel:
        write = channel.unary_unary("/binlog.Pump/WriteBinlog")
        pull = channel.unary_stream("/binlog.Pump/PullBinlogs")

        def send(payload):
            reply = decode(write(number(1, cluster_id) + data(2, payload), timeout=60))
            check(reply.get(1, b"") == b"", reply)

        send(b"")
        send(prewrite(10, b"first"))
        send(prewrite(11, b"second"))
        send(prewrite(12, b"third"))
        send(outcome(1, 11, 21))
        send(outcome(2, 12, 0))
        send(outcome(1, 10, 20))

        # As Go writes it: an empty embedded message is still there, here with the offset.
        call = pull(number(1, cluster_id) + data(2, number(2, 0)), timeout=60)
        entities = [decode(decode(next(call))[1]) for _ in range(2)]
        call.cancel()
        metas = [(decode(e[4])[1], decode(e[4])[2]) for e in entities]
        check(metas == [(10, 20), (11, 21)], metas)
        binlogs = [decode(e[2]) for e in entities]
        check([(b[1], b[2], b[3], b[4], b[5]) for b in binlogs] == [(1, 10, 20, b"key", b"first"), (1, 11, 21, b"key", b"second")], binlogs)

        later = pull(number(1, cluster_id) + data(2, number(2, 20)), timeout=60)
        check(decode(decode(decode(next(later))[1])[4])[2] == 21, "the one after the offset")
        later.cancel()

        try:
            write(number(1, cluster_id + 1) + data(2, prewrite(30, b"x")), timeout=60)
            raise AssertionError("another cluster was accepted")
        except grpc.RpcError as e:
            check("mismatch" in e.details(), e.details())


main()
