using System.Buffers;
using Binlog.TiDB.Records;

namespace Binlog.TiDB.Tests.Records;

/// <summary>Reading in pieces gives what reading in memory gives, for whatever bytes.</summary>
public sealed class LargePrewriteReaderTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(100)]
    [InlineData(4096)]
    public void Read_WholeRecording_GivesTheSameRows(int windowBytes)
    {
        int rows = 0;
        foreach (byte[] payload in Recording.Load().Payloads)
        {
            List<string>? expected = ReadWhole(payload);
            Assert.NotNull(expected);
            Assert.Equal(expected, ReadInPieces(payload, windowBytes));
            rows += expected.Count;
        }

        Assert.InRange(rows, 20_000, int.MaxValue);
    }

    [Fact]
    public void Read_RowsLongerThanTheWindow_AreCopiedWhole()
    {
        var value = new PrewriteValueWriter(7);
        value.BeginTable(5);
        value.AddInsert(Bytes(10_000, 1));
        value.AddDelete(Bytes(3, 2));
        value.AddUpdate(Bytes(70, 3), Bytes(500, 4));
        value.AddInsert(Bytes(0, 5));
        value.BeginTable(6);
        value.AddDelete(Bytes(1_000_000, 6));
        byte[] payload = Binlog(value);

        Assert.Equal(ReadWhole(payload), ReadInPieces(payload, 64));
    }

    /// <summary>Mutated and random bytes: the same rows, or both refuse.</summary>
    [Fact]
    public void Read_DamagedBytes_BothRefuseOrGiveTheSameRows()
    {
        var random = new Random(11);
        int refused = 0;
        int read = 0;
        byte[][] payloads = [.. Recording.Load().Payloads.Where(payload => payload.Length < 2000).Take(400), .. Enumerable.Range(0, 40).Select(_ => Mixed(random))];
        for (int round = 0; round < 60_000; round++)
        {
            byte[] bytes = Spoil([.. payloads[random.Next(payloads.Length)]], random);
            List<string>? expected = ReadWhole(bytes);
            Assert.Equal(expected, ReadInPieces(bytes, random.Next(2) == 0 ? 64 : 300));
            refused += expected is null ? 1 : 0;
            read += expected is { Count: > 0 } ? 1 : 0;
        }

        Assert.InRange(refused, 1000, int.MaxValue);
        Assert.InRange(read, 1000, int.MaxValue);
    }

    private static byte[] Spoil(byte[] bytes, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                return bytes[..random.Next(bytes.Length)];
            case 1:
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                break;
            case 2:
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                break;
            default:
                int from = random.Next(bytes.Length);
                int to = random.Next(bytes.Length);
                (bytes[from], bytes[to]) = (bytes[to], bytes[from]);
                break;
        }

        return bytes;
    }

    /// <summary>Fields of a table in any order, the sequence packed, plain and between the rows.</summary>
    private static byte[] Mixed(Random random)
    {
        var table = new List<byte> { 0x08, (byte)random.Next(1, 100) };
        var kinds = new List<byte>();
        var fields = new List<byte[]>();
        for (int row = random.Next(12); row > 0; row--)
        {
            (byte field, byte kind) = random.Next(3) switch { 0 => ((byte)0x12, (byte)0), 1 => ((byte)0x1a, (byte)1), _ => ((byte)0x32, (byte)4) };
            byte length = (byte)random.Next(100);
            fields.Add([field, length, .. Bytes(length, row)]);
            kinds.Add(kind);
        }

        int packed = random.Next(kinds.Count + 1);
        fields.Add([0x3a, (byte)packed, .. kinds.Take(packed)]);
        fields.AddRange(kinds.Skip(packed).Select(kind => (byte[])[0x38, kind]));
        foreach (byte[] field in fields.OrderBy(_ => random.Next()))
        {
            table.AddRange(field);
        }

        var message = new ArrayBufferWriter<byte>();
        ProtoWriter.WriteVarint(message, 1, 3);
        ProtoWriter.WriteBytes(message, 2, [.. table]);
        return Binlog(message.WrittenSpan);
    }

    private static byte[] Binlog(PrewriteValueWriter value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        value.WriteTo(bytes);
        return Binlog(bytes.WrittenSpan);
    }

    private static byte[] Binlog(ReadOnlySpan<byte> value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        BinlogWriter.WritePrewrite(bytes, 8, "key"u8, value);
        return bytes.WrittenSpan.ToArray();
    }

    private static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static List<string>? ReadWhole(byte[] payload)
    {
        try
        {
            BinlogHeader header = BinlogHeader.Parse(payload);
            List<string> read = [Head(header)];
            if (header.PrewriteValue.IsEmpty)
            {
                return read;
            }

            var reader = new PrewriteValueReader(payload, header.PrewriteValue);
            while (reader.TryReadTable(out TableMutationReader table))
            {
                read.Add($"{reader.SchemaVersion} {table.TableId} {table.RowCount}");
                while (table.TryReadNext(out RowMutation row))
                {
                    read.Add($"{row.Kind} {row.Offset} {Convert.ToHexString(payload.AsSpan(row.Offset, row.Length))}");
                }
            }

            return read;
        }
        catch (TiDBFormatException)
        {
            return null;
        }
    }

    private static List<string>? ReadInPieces(byte[] payload, int windowBytes)
    {
        try
        {
            var source = new BytesInMemory(payload);
            BinlogHeader header = BinlogHeader.ParseLarge(source);
            List<string> read = [Head(header)];
            if (header.PrewriteValue.IsEmpty)
            {
                return read;
            }

            var reader = new LargePrewriteReader(source, header.PrewriteValue, windowBytes);
            while (reader.TryReadTable())
            {
                read.Add($"{reader.SchemaVersion} {reader.TableId} {reader.RowCount}");
                while (reader.TryReadNext(out RowMutation row))
                {
                    byte[] bytes = new byte[row.Length];
                    reader.CopyRow(row, bytes);
                    read.Add($"{row.Kind} {row.Offset} {Convert.ToHexString(bytes)}");
                }
            }

            return read;
        }
        catch (TiDBFormatException)
        {
            return null;
        }
    }

    private static string Head(in BinlogHeader header) => $"{header.Type} {header.StartTs} {header.CommitTs} {header.DdlJobId} {header.PrewriteKey} {header.PrewriteValue} {header.DdlQuery}";

    /// <summary>Refuses what a record in a file would refuse.</summary>
    private sealed class BytesInMemory(byte[] bytes) : IByteSource
    {
        public int Length => bytes.Length;

        public void Read(Span<byte> target, int offset) => bytes.AsSpan(offset, target.Length).CopyTo(target);
    }
}
