using System.Buffers.Binary;
using Binlog.RelayLog;
using Binlog.RelayLog.Format;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Pump.Storage.Checkpointing;

/// <summary>Turns a checkpoint into bytes and back. Pure. Layout: docs/formats/pump-index.md.</summary>
internal static class CheckpointCodec
{
    public const ushort Version = 2;
    private const int HeaderSize = 16;
    private const int TimestampSize = 8;

    private static ReadOnlySpan<byte> Magic => "BINLGPCP"u8;

    public static byte[] Write(StoreCheckpoint checkpoint)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write((ushort)0);
        writer.Write(0u);
        WriteLog(writer, checkpoint);
        WriteSorter(writer, checkpoint.Sorter);
        WriteTransactions(writer, checkpoint.Unfinished);
        writer.Flush();
        byte[] bytes = new byte[stream.Length + sizeof(uint)];
        stream.GetBuffer().AsSpan(0, (int)stream.Length).CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(^sizeof(uint)..), Crc32C.Compute(bytes.AsSpan(0, bytes.Length - sizeof(uint))));
        return bytes;
    }

    /// <summary>Reads a checkpoint.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="problem">Why it can't be used, or null.</param>
    /// <returns>Null when it can't be used.</returns>
    public static StoreCheckpoint? TryRead(byte[] bytes, out string? problem)
    {
        problem = FindProblem(bytes);
        if (problem is not null)
        {
            return null;
        }

        try
        {
            using var stream = new MemoryStream(bytes, HeaderSize, bytes.Length - HeaderSize - sizeof(uint));
            using var reader = new BinaryReader(stream);
            StoreCheckpoint checkpoint = ReadLog(reader) with { Sorter = ReadSorter(reader), Unfinished = ReadTransactions(reader) };
            problem = stream.Position == stream.Length ? null : $"the checkpoint has {stream.Length - stream.Position} bytes after its end";
            return problem is null ? checkpoint : null;
        }
        catch (Exception exception) when (exception is EndOfStreamException or InvalidDataException)
        {
            problem = $"the checkpoint's contents end too early or are too long: {exception.Message}";
            return null;
        }
    }

    private static string? FindProblem(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize + sizeof(uint) || !bytes.StartsWith(Magic))
        {
            return "the checkpoint doesn't begin like one";
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[Magic.Length..]);
        if (version != Version)
        {
            return $"the checkpoint has version {version}, and this program knows {Version}";
        }

        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(bytes[^sizeof(uint)..]);
        uint computed = Crc32C.Compute(bytes[..^sizeof(uint)]);
        return stored == computed ? null : $"the checkpoint has checksum 0x{computed:X8}, expected 0x{stored:X8}";
    }

    private static void WriteLog(BinaryWriter writer, StoreCheckpoint checkpoint)
    {
        writer.Write(checkpoint.LogId.ToByteArray());
        WritePosition(writer, checkpoint.LastRecord);
        WritePosition(writer, checkpoint.End);
        writer.Write(checkpoint.Sequence);
        writer.Write((ulong)checkpoint.Tag.Kind);
        writer.Write(checkpoint.Tag.StartTs);
        writer.Write(checkpoint.Tag.CommitTs);
        writer.Write(checkpoint.Blocks);
        WriteList(writer, checkpoint.Gaps, (target, gaps) =>
        {
            target.Write(gaps.Segment);
            target.Write(gaps.Gaps);
            target.Write(gaps.LostRecords);
        });
    }

    private static StoreCheckpoint ReadLog(BinaryReader reader) => new()
    {
        LogId = new Guid(reader.ReadBytes(16)),
        LastRecord = ReadPosition(reader),
        End = ReadPosition(reader),
        Sequence = reader.ReadUInt64(),
        Tag = new RecordTag((ushort)reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64()),
        Blocks = reader.ReadInt64(),
        Gaps = ReadList(reader, 24, source => new SegmentGaps(source.ReadUInt64(), source.ReadUInt64(), source.ReadUInt64())),
        Unfinished = [],
        Sorter = new SorterState(),
    };

    private static void WriteSorter(BinaryWriter writer, SorterState state)
    {
        writer.Write(state.MaxCommitTs);
        writer.Write(state.MaxSeenTs);
        writer.Write(state.RemovedUpTo);
        writer.Write(state.PassedCommitTs);
        WriteList(writer, state.Undecided, (target, prewrite) =>
        {
            target.Write(prewrite.StartTs);
            WritePosition(target, prewrite.Position);
            target.Write(prewrite.CommitTsAfter);
        });
        WriteList(writer, state.EarlyCommits, (target, commit) =>
        {
            target.Write(commit.StartTs);
            target.Write(commit.CommitTs);
            WritePosition(target, commit.Position);
        });
        WriteTransactions(writer, [.. state.Pending.Select(transaction => new PackedTransaction(transaction))]);
        WriteList(writer, state.RolledBack, (target, startTs) => target.Write(startTs));
    }

    private static SorterState ReadSorter(BinaryReader reader) => new()
    {
        MaxCommitTs = reader.ReadUInt64(),
        MaxSeenTs = reader.ReadUInt64(),
        RemovedUpTo = reader.ReadUInt64(),
        PassedCommitTs = reader.ReadUInt64(),
        Undecided = ReadList(reader, 32, source => new UndecidedPrewrite(source.ReadUInt64(), ReadPosition(source), source.ReadUInt64())),
        EarlyCommits = ReadList(reader, 32, source => new Arrival(PumpRecordKind.Commit, source.ReadUInt64(), source.ReadUInt64(), ReadPosition(source))),
        Pending = [.. ReadTransactions(reader).Select(transaction => transaction.Unpack())],
        RolledBack = ReadList(reader, TimestampSize, source => source.ReadUInt64()),
    };

    private static void WriteTransactions(BinaryWriter writer, IReadOnlyList<PackedTransaction> transactions)
    {
        byte[] bytes = new byte[PackedTransaction.Size];
        WriteList(writer, transactions, (target, transaction) =>
        {
            transaction.Write(bytes);
            target.Write(bytes);
        });
    }

    private static PackedTransaction[] ReadTransactions(BinaryReader reader) =>
        ReadList(reader, PackedTransaction.Size, source => PackedTransaction.Read(source.ReadBytes(PackedTransaction.Size)));

    private static void WritePosition(BinaryWriter writer, LogPosition position)
    {
        writer.Write(position.Segment);
        writer.Write(position.Offset);
    }

    private static LogPosition ReadPosition(BinaryReader reader) => new(reader.ReadUInt64(), reader.ReadInt64());

    private static void WriteList<T>(BinaryWriter writer, IReadOnlyList<T> items, Action<BinaryWriter, T> write)
    {
        writer.Write(items.Count);
        foreach (T item in items)
        {
            write(writer, item);
        }
    }

    /// <summary>The count is checked against the bytes that are left before memory is taken.</summary>
    private static T[] ReadList<T>(BinaryReader reader, int itemSize, Func<BinaryReader, T> read)
    {
        int count = reader.ReadInt32();
        long left = reader.BaseStream.Length - reader.BaseStream.Position;
        if (count < 0 || (long)count * itemSize > left)
        {
            throw new InvalidDataException($"{count} items of {itemSize} bytes, but {left} bytes are left");
        }

        var items = new T[count];
        for (int i = 0; i < count; i++)
        {
            items[i] = read(reader);
        }

        return items;
    }
}
