using System.Text;
using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Relaying;
using FsCheck.Fluent;
using FsCheck;

namespace Binlog.Service.Tests.Drainer.Relaying;

public sealed class RelayDdlTests
{
    private static readonly byte[] Payload = RelayDdl.Join("{\"id\":7}"u8, "the binlog"u8);

    [Fact]
    public void Split_Joined_GivesBothParts()
    {
        (ReadOnlyMemory<byte> job, ReadOnlyMemory<byte> binlog) = RelayDdl.Split(Payload, 1);

        Assert.Equal("{\"id\":7}", Encoding.UTF8.GetString(job.Span));
        Assert.Equal("the binlog", Encoding.UTF8.GetString(binlog.Span));
        Assert.Equal([8, 0, 0, 0], Payload[..4]);
    }

    [Fact]
    public void Split_EmptyParts_GivesThem()
    {
        (ReadOnlyMemory<byte> job, ReadOnlyMemory<byte> binlog) = RelayDdl.Split(RelayDdl.Join([], []), 1);

        Assert.True(job.IsEmpty && binlog.IsEmpty);
    }

    [Fact]
    public void Split_TruncatedInTheJob_NamesTheCommitTs()
    {
        for (int length = 0; length < 12; length++)
        {
            DrainerException error = Assert.Throws<DrainerException>(() => RelayDdl.Split(Payload.AsMemory(0, length), 4711));
            Assert.Contains("commit TS 4711", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Split_AnyBitFlipped_GivesPartsOrTheTypedError()
    {
        int refused = 0;
        for (int bit = 0; bit < Payload.Length * 8; bit++)
        {
            byte[] bad = [.. Payload];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            refused += Splits(bad) ? 0 : 1;
        }

        Assert.InRange(refused, 26, 32);
    }

    [Fact]
    public void Split_AnyBytes_GivesPartsOrTheTypedError() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll<byte[]>(bytes => Splits(bytes) || bytes.Length >= 0));

    private static bool Splits(byte[] bytes)
    {
        try
        {
            (ReadOnlyMemory<byte> job, ReadOnlyMemory<byte> binlog) = RelayDdl.Split(bytes, 1);
            Assert.Equal(bytes.Length, 4 + job.Length + binlog.Length);
            return true;
        }
        catch (DrainerException)
        {
            return false;
        }
    }
}
