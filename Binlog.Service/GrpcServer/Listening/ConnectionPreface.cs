using System.Buffers;

namespace Binlog.Service.GrpcServer.Listening;

/// <summary>
/// Tells HTTP/2 with prior knowledge from HTTP/1.1 by the first bytes of a connection: the HTTP/2 preface begins with
/// "PRI ", which is no HTTP/1.1 method (RFC 9113, 3.4).
/// </summary>
internal static class ConnectionPreface
{
    private static ReadOnlySpan<byte> Http2 => "PRI "u8;

    public static PrefaceKind Classify(in ReadOnlySequence<byte> received)
    {
        Span<byte> start = stackalloc byte[Http2.Length];
        var count = (int)Math.Min(received.Length, start.Length);
        received.Slice(0, count).CopyTo(start);
        if (!Http2.StartsWith(start[..count]))
        {
            return PrefaceKind.Http1;
        }

        return count == Http2.Length ? PrefaceKind.Http2 : PrefaceKind.Undecided;
    }
}
