using System.Buffers;
using Binlog.Grpc;
using Binlog.Service.Drainer.Memory;
using Binlog.Service.Drainer.Spooling;
using Binlog.TiDB;
using Binlog.TiDB.Records;
using Grpc.Core;

namespace Binlog.Service.Drainer.Collecting;

/// <summary>
/// Receives the messages of a pull: into memory up to the limit, beyond it into a file as they come. Memory grows with what has come, never with what
/// was announced. Not thread-safe.
/// </summary>
internal sealed class BinlogReceiver(PiecewiseCall call, SourceMemory? memory) : IDisposable
{
    /// <summary>Kept from one message to the next.</summary>
    private const int UsualBytes = 64 * 1024;

    /// <summary>A larger message is written to its file in pieces of this size.</summary>
    private const int PieceBytes = 256 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(UsualBytes);
    private int _count;

    /// <summary>Receives the message that the call stands before.</summary>
    /// <exception cref="RpcException">The stream ended within it.</exception>
    /// <exception cref="TiDBFormatException">It is no binlog.</exception>
    /// <exception cref="IOException">A file can't be written.</exception>
    public async ValueTask<PulledBinlog> ReceiveAsync(CancellationToken cancellationToken)
    {
        _count = 0;
        try
        {
            bool isWhole = await FillAsync(memory?.Budget.Inline ?? Array.MaxLength);
            return isWhole ? Parse(_buffer.AsSpan(0, _count)) : PulledBinlog.Of(await SpoolAsync(memory!.Spool, cancellationToken));
        }
        finally
        {
            if (_buffer.Length > 2 * UsualBytes)
            {
                Resize(UsualBytes, keep: 0);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private static PulledBinlog Parse(ReadOnlySpan<byte> message)
    {
        var scanner = new PullResponseScanner();
        int position = 0;
        ReadOnlySpan<byte> found = scanner.TryRead(message, isLast: true, ref position, out Range run) ? message[run] : default;
        scanner.TryRead(message, isLast: true, ref position, out _);
        scanner.RequirePayload();
        byte[] payload = found.ToArray();
        BinlogHeader header = BinlogHeader.Parse(payload);
        return new PulledBinlog(header.CommitTs, header.StartTs, header.IsFake, payload);
    }

    /// <summary>Reads on until the message has ended (true) or is longer than the limit.</summary>
    private async ValueTask<bool> FillAsync(int limit)
    {
        while (_count <= limit)
        {
            if (_count == _buffer.Length)
            {
                Resize((int)Math.Min(2L * _count, Array.MaxLength), keep: _count);
            }

            int read = await call.ReadAsync(_buffer.AsMemory(_count));
            if (read == 0)
            {
                return true;
            }

            _count += read;
        }

        return false;
    }

    private async ValueTask<SpooledBinlog> SpoolAsync(SpoolFolder folder, CancellationToken cancellationToken)
    {
        using SpoolWriter writer = await folder.BeginAsync(cancellationToken);
        var scanner = new PullResponseScanner();
        bool isLast = false;
        while (true)
        {
            int position = 0;
            while (scanner.TryRead(_buffer.AsSpan(0, _count), isLast, ref position, out Range run))
            {
                await writer.AppendAsync(_buffer.AsMemory(run), cancellationToken);
            }

            if (isLast)
            {
                scanner.RequirePayload();
                return writer.Finish();
            }

            _buffer.AsSpan(position, _count - position).CopyTo(_buffer);
            _count -= position;
            isLast = await ReadPieceAsync();
        }
    }

    /// <summary>Reads a piece behind what is left of the last one; true when the message has ended.</summary>
    private async ValueTask<bool> ReadPieceAsync()
    {
        if (_buffer.Length < PieceBytes)
        {
            Resize(PieceBytes, keep: _count);
        }

        while (_count < PieceBytes)
        {
            int read = await call.ReadAsync(_buffer.AsMemory(_count, PieceBytes - _count));
            if (read == 0)
            {
                return true;
            }

            _count += read;
        }

        return false;
    }

    private void Resize(int size, int keep)
    {
        byte[] other = ArrayPool<byte>.Shared.Rent(size);
        _buffer.AsSpan(0, keep).CopyTo(other);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = other;
    }
}
