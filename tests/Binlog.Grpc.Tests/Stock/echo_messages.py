"""The messages of echo.proto, written and read by hand, so that no generated code is needed."""


def _varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append((value & 0x7F) | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def encode(*fields):
    """fields: (number, value) with bytes, str or int values; empty ones are left out."""
    out = bytearray()
    for number, value in fields:
        if isinstance(value, str):
            value = value.encode()
        if not value:
            continue
        if isinstance(value, int):
            out += _varint(number << 3) + _varint(value)
        else:
            out += _varint(number << 3 | 2) + _varint(len(value)) + value
    return bytes(out)


def decode(data):
    """number -> value"""
    fields, at = {}, 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        if tag & 7 == 0:
            value, at = _read_varint(data, at)
        else:
            length, at = _read_varint(data, at)
            value = data[at : at + length]
            at += length
        fields[tag >> 3] = value
    return fields


def request(payload=b"", count=0, command=""):
    return encode((1, payload), (2, count), (3, command))


def reply(payload=b"", total=0, text=""):
    return encode((1, payload), (2, total), (3, text))
