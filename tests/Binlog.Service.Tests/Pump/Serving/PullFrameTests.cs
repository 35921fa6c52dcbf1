using Binlog.Service.Pump.Serving;
using Binlog.TiDB.Contracts;
using Google.Protobuf;

namespace Binlog.Service.Tests.Pump.Serving;

public sealed class PullFrameTests
{
    [Theory]
    [InlineData(1, 2, 0)]
    [InlineData(0, 0, 1)]
    [InlineData(127, 128, 100)]
    [InlineData(448_000_000_000_000_001, 448_000_000_000_000_002, 127)]
    [InlineData(448_000_000_000_000_001, ulong.MaxValue / 2, 128)]
    [InlineData(5, 6, 70_000)]
    [InlineData(5, 6, 3_000_000)]
    public void Write_HeadPayloadTail_TheBytesOfTheGeneratedMessage(ulong startTs, ulong commitTs, int length)
    {
        byte[] payload = new byte[length];
        new Random(length).NextBytes(payload);
        var message = new PullBinlogResp
        {
            Entity = new Entity { Pos = new Pos(), Payload = ByteString.CopyFrom(payload), Meta = new Meta { StartTs = (long)startTs, CommitTs = (long)commitTs } },
        };
        var frame = new PullFrame(startTs, commitTs, length);
        byte[] target = new byte[PullFrame.LongestHead + length + PullFrame.LongestTail];

        int head = frame.WriteHead(target);
        payload.CopyTo(target, head);
        int tail = frame.WriteTail(target.AsSpan(head + length));

        Assert.Equal(frame.MessageLength, head + length + tail);
        // The generated code leaves an empty payload out; a reader can't tell the difference.
        Assert.Equal(message, PullBinlogResp.Parser.ParseFrom(target, 0, frame.MessageLength));
        Assert.True(length == 0 || message.ToByteArray().AsSpan().SequenceEqual(target.AsSpan(0, frame.MessageLength)));
    }
}
