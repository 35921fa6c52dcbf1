using System.Buffers.Binary;
using Binlog.RelayLog.Reading;

namespace Binlog.RelayLog.Tests.Reading;

public sealed class LogTailTests
{
    private readonly byte[] _target = new byte[64];

    [Fact]
    public void Copy_BeforePublish_Nothing()
    {
        var tail = new LogTail(64);
        tail.Append(1, 100, Bytes(10));

        Assert.Equal(0, tail.Copy(new LogPosition(1, 100), _target));
        tail.Publish();
        Assert.Equal(10, tail.Copy(new LogPosition(1, 100), _target));
        Assert.Equal(Bytes(10), _target[..10]);
        Assert.Equal(3, tail.Copy(new LogPosition(1, 107), _target));
    }

    [Fact]
    public void Copy_Overwritten_Nothing()
    {
        var tail = new LogTail(64);
        tail.Append(1, 0, Bytes(40));
        tail.Append(1, 40, Bytes(40));
        tail.Publish();

        Assert.Equal(0, tail.Copy(new LogPosition(1, 15), _target));
        Assert.Equal(64, tail.Copy(new LogPosition(1, 16), _target));
        Assert.Equal([.. Bytes(40)[16..], .. Bytes(40)], _target);
    }

    [Fact]
    public void Copy_PlacesThatWereNeverAppended_Nothing()
    {
        var tail = new LogTail(64);
        tail.Append(1, 100, Bytes(10));
        tail.Append(1, 200, Bytes(10));
        tail.Append(3, 48, Bytes(10));
        tail.Publish();

        foreach (LogPosition position in new[] { new LogPosition(1, 99), new LogPosition(1, 110), new LogPosition(1, 150), new LogPosition(1, 210), new LogPosition(2, 100), new LogPosition(3, 47), new LogPosition(3, 58), new LogPosition(4, 48) })
        {
            Assert.Equal(0, tail.Copy(position, _target));
        }

        Assert.Equal(10, tail.Copy(new LogPosition(1, 100), _target));
        Assert.Equal(10, tail.Copy(new LogPosition(1, 200), _target));
        Assert.Equal(10, tail.Copy(new LogPosition(3, 48), _target));
    }

    [Fact]
    public void Copy_GivenUpBytes_Nothing()
    {
        var tail = new LogTail(64);
        tail.Append(1, 0, Bytes(10));
        tail.Publish();
        tail.Append(1, 10, Bytes(10));
        tail.Append(2, 48, Bytes(10));
        tail.Discard();
        tail.Append(3, 48, Bytes(20));
        tail.Publish();

        Assert.Equal(0, tail.Copy(new LogPosition(1, 10), _target));
        Assert.Equal(0, tail.Copy(new LogPosition(2, 48), _target));
        Assert.Equal(20, tail.Copy(new LogPosition(3, 48), _target));
        Assert.Equal(10, tail.Copy(new LogPosition(1, 0), _target));
        Assert.Equal(Bytes(10), _target[..10]);
    }

    [Fact]
    public void Append_MoreSpansThanAreKept_TheNewestAreThere()
    {
        var tail = new LogTail(1 << 16);
        for (int i = 0; i < 3000; i++)
        {
            tail.Append(1, i * 20, Bytes(10));
        }

        tail.Publish();

        Assert.Equal(0, tail.Copy(new LogPosition(1, 0), _target));
        Assert.Equal(10, tail.Copy(new LogPosition(1, 2999 * 20), _target));
        Assert.Equal(10, tail.Copy(new LogPosition(1, 2000 * 20), _target));
    }

    /// <summary>Each eight bytes hold their own offset, so that a reader sees any byte that is not of its place.</summary>
    [Fact]
    public async Task Copy_WhileTheRingIsOverwritten_OnlyBytesOfThePlace()
    {
        const int Rounds = 200_000;
        var tail = new LogTail(4096);
        long written = 0;
        Task writing = Task.Run(() =>
        {
            byte[] bytes = new byte[128];
            for (int i = 0; i < Rounds; i++)
            {
                for (int at = 0; at < bytes.Length; at += 8)
                {
                    BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), (i * 128L) + at);
                }

                tail.Append(1, i * 128L, bytes);
                tail.Publish();
                Volatile.Write(ref written, (i + 1) * 128L);
            }
        });
        long found = 0;
        byte[] target = new byte[512];
        var random = new Random(7);
        while (!writing.IsCompleted || found == 0)
        {
            long from = Math.Max(0, Volatile.Read(ref written) - (8 * random.Next(1, 520)));
            int count = tail.Copy(new LogPosition(1, from), target);
            for (int at = 0; at + 8 <= count; at += 8)
            {
                Assert.Equal(from + at, BinaryPrimitives.ReadInt64LittleEndian(target.AsSpan(at)));
                found++;
            }
        }

        await writing;
    }

    private static byte[] Bytes(int count) => [.. Enumerable.Range(1, count).Select(i => (byte)i)];
}
