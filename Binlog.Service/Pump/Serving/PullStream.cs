using System.Buffers;
using System.IO.Pipelines;
using Binlog.Grpc.Framing;
using Binlog.RelayLog;
using Binlog.Service.GrpcServer;
using Binlog.Service.Pump.Reading;
using Binlog.TiDB.Records;

namespace Binlog.Service.Pump.Serving;

/// <summary>
/// Writes pulled binlogs into a call's response, straight into its pipe. A reader that is slower than the Pump is waited for at every
/// flush, so that what it costs is what lies between two flushes. Not thread-safe.
/// </summary>
internal sealed class PullStream(GrpcCallContext context, CancellationToken cancellationToken)
{
    /// <summary>Asked of the pipe at once, for as many messages as fit.</summary>
    private const int BatchBytes = 16 * 1024;

    /// <summary>What may wait in the pipe.</summary>
    private const int FlushBytes = 64 * 1024;

    private readonly PipeWriter _pipe = context.Http.Response.BodyWriter;
    private int _unflushed;
    private long _payloadBytes;

    /// <summary>Bytes of binlogs since this was last asked for, before compression.</summary>
    public long TakePayloadBytes()
    {
        long bytes = _payloadBytes;
        _payloadBytes = 0;
        return bytes;
    }

    /// <summary>Writes everything at or below a commit TS.</summary>
    /// <returns>The commit TS of the last binlog; 0 when there was none.</returns>
    public async ValueTask<ulong> WriteUpToAsync(PullCursor cursor, ulong maxCommitTs)
    {
        ulong last = 0;
        bool isMore = true;
        while (isMore)
        {
            (isMore, ulong written, bool isLarge) = context.CompressResponses ? WriteCompressed(cursor, maxCommitTs) : WriteBatch(cursor, maxCommitTs);
            last = Math.Max(last, written);
            if (isLarge)
            {
                last = await WriteLargeAsync(cursor, maxCommitTs);
            }

            if (_unflushed >= FlushBytes)
            {
                await FlushAsync();
            }
        }

        return last;
    }

    /// <summary>Writes a fake binlog.</summary>
    public void WriteFake(ulong ts)
    {
        byte[] payload = BinlogPayloads.Fake(ts);
        var frame = new PullFrame(ts, ts, payload.Length);
        if (context.CompressResponses)
        {
            byte[] plain = new byte[frame.MessageLength];
            int head = frame.WriteHead(plain);
            payload.CopyTo(plain, head);
            frame.WriteTail(plain.AsSpan(head + payload.Length));
            WriteCompressed(plain);
            return;
        }

        Span<byte> target = _pipe.GetSpan(frame.FrameLength);
        int at = WriteFrameHead(target, frame);
        payload.CopyTo(target[at..]);
        at += payload.Length;
        Advance(at + frame.WriteTail(target[at..]));
    }

    /// <summary>Sends what was written, and waits while the reader is behind.</summary>
    public async ValueTask FlushAsync()
    {
        _unflushed = 0;
        await _pipe.FlushAsync(cancellationToken);
    }

    private static int WriteFrameHead(Span<byte> target, in PullFrame frame)
    {
        MessageFrame.WriteHeader(target, compressed: false, frame.MessageLength);
        return MessageFrame.HeaderSize + frame.WriteHead(target[MessageFrame.HeaderSize..]);
    }

    /// <summary>Fills one piece of the pipe's memory with as many binlogs as fit.</summary>
    private (bool IsMore, ulong Last, bool IsLarge) WriteBatch(PullCursor cursor, ulong maxCommitTs)
    {
        Span<byte> target = _pipe.GetSpan(BatchBytes);
        int used = 0;
        ulong last = 0;
        try
        {
            while (cursor.TryRead(maxCommitTs, out PulledTransaction transaction))
            {
                if (transaction.IsLarge)
                {
                    return (true, last, true);
                }

                ReadOnlySpan<byte> prewrite = transaction.Prewrite.Payload.Span;
                ReadOnlySpan<byte> commit = transaction.Commit.Payload.Span;
                var frame = new PullFrame(transaction.StartTs, transaction.CommitTs, BinlogWriter.MeasureJoined(prewrite, commit));
                if (frame.FrameLength > target.Length - used)
                {
                    if (used > 0)
                    {
                        return (true, last, false);
                    }

                    target = _pipe.GetSpan(frame.FrameLength);
                }

                int at = used + WriteFrameHead(target[used..], frame);
                at += BinlogWriter.WriteJoined(target[at..], prewrite, commit);
                used = at + frame.WriteTail(target[at..]);
                _payloadBytes += frame.PayloadLength;
                last = transaction.CommitTs;
                cursor.Advance();
            }

            return (false, last, false);
        }
        finally
        {
            Advance(used);
        }
    }

    private (bool IsMore, ulong Last, bool IsLarge) WriteCompressed(PullCursor cursor, ulong maxCommitTs)
    {
        if (!cursor.TryRead(maxCommitTs, out PulledTransaction transaction))
        {
            return (false, 0, false);
        }

        if (transaction.IsLarge)
        {
            return (true, 0, true);
        }

        ReadOnlySpan<byte> prewrite = transaction.Prewrite.Payload.Span;
        ReadOnlySpan<byte> commit = transaction.Commit.Payload.Span;
        var frame = new PullFrame(transaction.StartTs, transaction.CommitTs, BinlogWriter.MeasureJoined(prewrite, commit));
        byte[] plain = ArrayPool<byte>.Shared.Rent(frame.MessageLength);
        try
        {
            int at = frame.WriteHead(plain);
            at += BinlogWriter.WriteJoined(plain.AsSpan(at), prewrite, commit);
            at += frame.WriteTail(plain.AsSpan(at));
            WriteCompressed(plain.AsSpan(0, at));
            _payloadBytes += frame.PayloadLength;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain);
        }

        cursor.Advance();
        return (true, transaction.CommitTs, false);
    }

    private void WriteCompressed(ReadOnlySpan<byte> plain)
    {
        using var compressed = new PooledBuffer(Array.MaxLength, MessageLimits.TooLargeToSend);
        GzipCodec.Compress(plain, compressed);
        MessageFrame.WriteHeader(_pipe.GetSpan(MessageFrame.HeaderSize), compressed: true, compressed.Length);
        Advance(MessageFrame.HeaderSize);
        _pipe.Write(compressed.WrittenSpan);
        _unflushed += compressed.Length;
    }

    private async ValueTask<ulong> WriteLargeAsync(PullCursor cursor, ulong maxCommitTs)
    {
        cursor.TryRead(maxCommitTs, out PulledTransaction transaction);
        using var pieces = new JoinedPieces(transaction);
        var frame = new PullFrame(transaction.StartTs, transaction.CommitTs, checked((int)await MeasureAsync(cursor, pieces, transaction.CommitTs)));
        if (_unflushed > 0)
        {
            await FlushAsync();
        }

        var message = new LargePullMessage(frame, pieces);
        bool isCompressed = context.CompressResponses;
        int length = isCompressed ? await message.MeasureCompressedAsync(cancellationToken) : frame.MessageLength;
        MessageFrame.WriteHeader(_pipe.GetSpan(MessageFrame.HeaderSize), isCompressed, length);
        context.IsResponseBroken = true;
        Advance(MessageFrame.HeaderSize);
        await using (var output = new PullOutput(_pipe))
        {
            await (isCompressed ? message.WriteCompressedAsync(output, cancellationToken) : message.WriteAsync(output, cancellationToken));
            if (output.Length != length)
            {
                throw new InvalidDataException($"The binlog of commit TS {transaction.CommitTs} was announced with {length} bytes and has {output.Length}.");
            }
        }

        context.IsResponseBroken = false;
        _payloadBytes += frame.PayloadLength;
        cursor.Advance();
        return transaction.CommitTs;
    }

    private static async ValueTask<long> MeasureAsync(PullCursor cursor, JoinedPieces pieces, ulong commitTs)
    {
        try
        {
            return await pieces.MeasureAsync();
        }
        catch (RetentionGapException) when (cursor.FindRemoval(commitTs) is { } removal)
        {
            throw removal;
        }
    }

    private void Advance(int count)
    {
        _pipe.Advance(count);
        _unflushed += count;
        context.HasBody |= count > 0;
    }
}
