using System.Buffers;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Drainer.Collecting;

/// <summary>A transaction's binlog that is made and checked in pieces: its rows are a pattern of which each place is known.</summary>
internal sealed class LargeBinlog
{
    private readonly byte[] _head;

    public LargeBinlog(ulong commitTs, int valueBytes, string key = "key")
    {
        var writer = new ArrayBufferWriter<byte>();
        BinlogWriter.WriteCommit(writer, commitTs - 1, commitTs, System.Text.Encoding.UTF8.GetBytes(key));
        writer.Write<byte>([(5 << 3) | 2]);
        Varint.WriteUnsigned(writer, (ulong)valueBytes);
        _head = writer.WrittenSpan.ToArray();
        CommitTs = commitTs;
        Length = checked(_head.Length + valueBytes);
    }

    public ulong CommitTs { get; }

    public int Length { get; }

    /// <summary>The binlog's bytes from an offset on.</summary>
    public void Read(Span<byte> target, int offset)
    {
        int fromHead = Math.Clamp(_head.Length - offset, 0, target.Length);
        if (fromHead > 0)
        {
            _head.AsSpan(offset, fromHead).CopyTo(target);
        }

        long at = Math.Max(0L, (long)offset - _head.Length);
        for (int index = fromHead; index < target.Length; index++, at++)
        {
            target[index] = (byte)((at * 0x9E3779B1L) >> 13);
        }
    }

    public byte[] ToArray()
    {
        byte[] bytes = new byte[Length];
        Read(bytes, 0);
        return bytes;
    }

    /// <summary>The message in which a Pump sends it.</summary>
    public async Task WriteMessageAsync(Stream output, CancellationToken cancellationToken)
    {
        await output.WriteAsync(MessageHead(), cancellationToken);
        byte[] piece = new byte[100_000];
        for (int done = 0; done < Length;)
        {
            int count = Math.Min(piece.Length, Length - done);
            Read(piece.AsSpan(0, count), done);
            await output.WriteAsync(piece.AsMemory(0, count), cancellationToken);
            done += count;
        }
    }

    public int MessageLength => checked(MessageHead().Length + Length);

    /// <summary>Whether other bytes, read in pieces, are the same.</summary>
    public bool IsEqual(int length, Action<Span<byte>, int> read)
    {
        byte[] pieces = new byte[200_000];
        bool isEqual = length == Length;
        for (int done = 0; done < Length && isEqual;)
        {
            int count = Math.Min(pieces.Length / 2, Length - done);
            Read(pieces.AsSpan(0, count), done);
            read(pieces.AsSpan(pieces.Length / 2, count), done);
            isEqual = pieces.AsSpan(0, count).SequenceEqual(pieces.AsSpan(pieces.Length / 2, count));
            done += count;
        }

        return isEqual;
    }

    private byte[] MessageHead()
    {
        var payload = new ArrayBufferWriter<byte>();
        payload.Write<byte>([0x12]);
        Varint.WriteUnsigned(payload, (ulong)Length);
        var entity = new ArrayBufferWriter<byte>();
        entity.Write<byte>([0x0A]);
        Varint.WriteUnsigned(entity, (ulong)payload.WrittenCount + (ulong)Length);
        entity.Write(payload.WrittenSpan);
        return entity.WrittenSpan.ToArray();
    }
}
