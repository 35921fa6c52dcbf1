using Binlog.TiDB.Contracts;
using Binlog.TiDB.Records;
using Google.Protobuf;

namespace Binlog.TiDB.Tests.Records;

public sealed class PullResponseScannerTests
{
    private static readonly byte[] Payload = [.. Enumerable.Range(0, 700).Select(value => (byte)value)];

    public static TheoryData<int> PieceSizes => [.. Enumerable.Range(1, 60), 300, 1000];

    [Theory]
    [MemberData(nameof(PieceSizes))]
    public void TryRead_PiecesOfAnySize_GiveThePayload(int pieceSize)
    {
        foreach (PullBinlogResp response in new[]
        {
            new PullBinlogResp { Entity = new Entity { Payload = ByteString.CopyFrom(Payload) } },
            new PullBinlogResp
            {
                Entity = new Entity
                {
                    Pos = new Pos { Suffix = 1, Offset = long.MaxValue },
                    Payload = ByteString.CopyFrom(Payload),
                    Checksum = ByteString.CopyFrom(new byte[90]),
                    Meta = new Meta { StartTs = -1, CommitTs = long.MaxValue },
                },
            },
        })
        {
            Assert.Equal(Payload, Scan(response.ToByteArray(), pieceSize, out bool hasPayload));
            Assert.True(hasPayload);
        }
    }

    /// <summary>What comes before and after the entity, and in it, is left out, whatever its wire type is.</summary>
    [Theory]
    [MemberData(nameof(PieceSizes))]
    public void TryRead_UnknownFields_ArePassed(int pieceSize)
    {
        byte[] message = Convert.FromHexString("0801" + "12021200" + "0a0e" + "0a02aabb" + "1204" + "01020304" + "1801" + "1a00" + "25" + "00000000" + "31" + "0102030405060708");

        Assert.Equal([1, 2, 3, 4], Scan(message, pieceSize, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0a00")]
    [InlineData("0a020a00")]
    public void TryRead_NoPayload_SaysSo(string hex)
    {
        Assert.Empty(Scan(Convert.FromHexString(hex), 100, out bool hasPayload));
        Assert.False(hasPayload);
    }

    [Theory]
    [InlineData("0a0412020102", true)]
    [InlineData("0a031202010203", false)] // the payload reaches beyond its entity
    [InlineData("0a0612020102", false)] // the entity reaches beyond the message
    [InlineData("0a0512030102", false)]
    [InlineData("0a0812020102" + "12020102", false)] // two payloads
    [InlineData("0a0412020102" + "0a0412020102", false)]
    [InlineData("0affffffffffffffff7f", false)]
    [InlineData("0affffffff07", false)] // 2 GiB announced, nothing there
    [InlineData("0a0612ffffffff0f01", false)]
    [InlineData("0b", false)]
    [InlineData("00", false)]
    [InlineData("08", false)]
    public void TryRead_MessagesThatContradictThemselves_AreRefused(string hex, bool isValid)
    {
        byte[] message = Convert.FromHexString(hex);
        foreach (int pieceSize in new[] { 1, 3, 100 })
        {
            if (isValid)
            {
                Assert.Equal([1, 2], Scan(message, pieceSize, out _));
            }
            else
            {
                Assert.Throws<TiDBFormatException>(() => Scan(message, pieceSize, out _));
            }
        }
    }

    [Fact]
    public void TryRead_TruncatedAtEveryOffset_IsRefused()
    {
        byte[] message = new PullBinlogResp { Entity = new Entity { Payload = ByteString.CopyFrom(Payload) } }.ToByteArray();
        for (int length = 1; length < message.Length; length++)
        {
            Assert.Throws<TiDBFormatException>(() => Scan(message[..length], 64, out _));
        }
    }

    private static byte[] Scan(byte[] message, int pieceSize, out bool hasPayload)
    {
        var scanner = new PullResponseScanner();
        var taken = new List<byte>();
        byte[] piece = [];
        int read = 0;
        do
        {
            int count = Math.Min(pieceSize, message.Length - read);
            piece = [.. piece, .. message[read..(read + count)]];
            read += count;
            int position = 0;
            while (scanner.TryRead(piece, read == message.Length, ref position, out Range run))
            {
                taken.AddRange(piece[run]);
            }

            piece = piece[position..];
            Assert.True(piece.Length < PullResponseScanner.LongestHead);
        }
        while (read < message.Length);

        Assert.Empty(piece);
        hasPayload = scanner.HasPayload;
        return [.. taken];
    }
}
