using System.Numerics;
using Binlog.Grpc.Framing;

namespace Binlog.Service.Pump.Serving;

/// <summary>
/// What surrounds a binlog in a PullBinlogResp (pump.proto): Entity { pos (empty), payload, meta { start_ts, commit_ts } }. Pure.
/// </summary>
/// <param name="StartTs">Start TS of the binlog.</param>
/// <param name="CommitTs">Its commit TS.</param>
/// <param name="PayloadLength">Its length in bytes.</param>
internal readonly record struct PullFrame(ulong StartTs, ulong CommitTs, int PayloadLength)
{
    /// <summary>The longest <see cref="WriteHead"/>, gRPC's frame header not included.</summary>
    public const int LongestHead = 1 + 5 + 2 + 1 + 5;

    /// <summary>The longest <see cref="WriteTail"/>.</summary>
    public const int LongestTail = 2 + 11 + 11;

    private const byte EntityTag = (1 << 3) | 2;
    private const byte PosTag = (1 << 3) | 2;
    private const byte PayloadTag = (2 << 3) | 2;
    private const byte MetaTag = (4 << 3) | 2;
    private const byte StartTsTag = 1 << 3;
    private const byte CommitTsTag = 2 << 3;

    private int MetaLength => SizeOfTs(StartTs) + SizeOfTs(CommitTs);

    private long EntityLength => 2 + 1 + SizeOf((uint)PayloadLength) + (long)PayloadLength + 2 + MetaLength;

    /// <summary>Length of the whole message, gRPC's frame header not included.</summary>
    public int MessageLength => checked((int)(1 + SizeOf((ulong)EntityLength) + EntityLength));

    /// <summary>Length with gRPC's frame header.</summary>
    public int FrameLength => checked(MessageFrame.HeaderSize + MessageLength);

    /// <summary>Writes what precedes the payload.</summary>
    /// <returns>How many bytes.</returns>
    public int WriteHead(Span<byte> target)
    {
        target[0] = EntityTag;
        int at = 1 + Write(target[1..], (ulong)EntityLength);
        target[at++] = PosTag;
        target[at++] = 0;
        target[at++] = PayloadTag;
        return at + Write(target[at..], (uint)PayloadLength);
    }

    /// <summary>Writes what follows the payload.</summary>
    /// <returns>How many bytes.</returns>
    public int WriteTail(Span<byte> target)
    {
        target[0] = MetaTag;
        target[1] = (byte)MetaLength;
        int at = 2;
        at += WriteTs(target[at..], StartTsTag, StartTs);
        return at + WriteTs(target[at..], CommitTsTag, CommitTs);
    }

    // proto3 leaves a field of value 0 out.
    private static int SizeOfTs(ulong ts) => ts == 0 ? 0 : 1 + SizeOf(ts);

    private static int WriteTs(Span<byte> target, byte tag, ulong ts)
    {
        if (ts == 0)
        {
            return 0;
        }

        target[0] = tag;
        return 1 + Write(target[1..], ts);
    }

    private static int SizeOf(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;

    private static int Write(Span<byte> target, ulong value)
    {
        int at = 0;
        for (; value >= 0x80; value >>= 7)
        {
            target[at++] = (byte)(value | 0x80);
        }

        target[at++] = (byte)value;
        return at;
    }
}
