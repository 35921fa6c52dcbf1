using System.Buffers;
using Binlog.TiDB.Records;

namespace Binlog.TiDB.Tests.Records;

public sealed class JoinedFieldScannerTests
{
    private static readonly byte[] Prewrite = Written(writer => BinlogWriter.WritePrewrite(writer, 5, "key"u8, new byte[300]));
    private static readonly byte[] DdlPrewrite = Written(writer => BinlogWriter.WriteDdlPrewrite(writer, 5, "key"u8, "create table t (a int)"u8, 77, 3));
    private static readonly byte[] Commit = [.. Written(writer => BinlogWriter.WriteCommit(writer, 5, ulong.MaxValue / 2, "key"u8)), .. Convert.FromHexString("92010568656c6c6f9d01010203049901010203040506070850ffffffffffffffffff01")];

    public static TheoryData<int> PieceSizes => [.. Enumerable.Range(1, 60), 300, 1000];

    [Theory]
    [MemberData(nameof(PieceSizes))]
    public void TryRead_PiecesOfAnySize_WhatTheWriterJoins(int pieceSize)
    {
        foreach (byte[] prewrite in new[] { Prewrite, DdlPrewrite })
        {
            var joined = new ArrayBufferWriter<byte>();
            BinlogWriter.WriteJoined(joined, prewrite, Commit);

            byte[] scanned = [.. Scan(Commit, isPrewrite: false, pieceSize), .. Scan(prewrite, isPrewrite: true, pieceSize)];

            Assert.Equal(joined.WrittenSpan.ToArray(), scanned);
            byte[] target = new byte[BinlogWriter.MeasureJoined(prewrite, Commit)];
            Assert.Equal(target.Length, BinlogWriter.WriteJoined(target, prewrite, Commit));
            Assert.Equal(scanned, target);
        }
    }

    [Theory]
    [InlineData("0a05aa")]
    [InlineData("08")]
    [InlineData("0d0102")]
    [InlineData("0b")]
    [InlineData("0affffffffffffffff7f")]
    public void TryRead_NoMessage_Throws(string hex)
    {
        byte[] payload = Convert.FromHexString(hex);

        Assert.Throws<TiDBFormatException>(() => Scan(payload, isPrewrite: false, 100));
        Assert.Throws<TiDBFormatException>(() => Scan(payload, isPrewrite: true, 1));
    }

    private static byte[] Scan(byte[] payload, bool isPrewrite, int pieceSize)
    {
        var scanner = new JoinedFieldScanner(isPrewrite);
        var taken = new List<byte>();
        byte[] piece = [];
        for (int read = 0; read < payload.Length;)
        {
            int count = Math.Min(pieceSize, payload.Length - read);
            piece = [.. piece, .. payload[read..(read + count)]];
            read += count;
            int position = 0;
            while (scanner.TryRead(piece, read == payload.Length, ref position, out Range run))
            {
                taken.AddRange(piece[run]);
            }

            piece = piece[position..];
            Assert.True(piece.Length < JoinedFieldScanner.LongestHead);
        }

        Assert.Empty(piece);
        return [.. taken];
    }

    private static byte[] Written(Action<IBufferWriter<byte>> write)
    {
        var writer = new ArrayBufferWriter<byte>();
        write(writer);
        return writer.WrittenSpan.ToArray();
    }
}
