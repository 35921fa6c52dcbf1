using System.Threading.Channels;
using Binlog.Service.Signals;

namespace Binlog.Service.Drainer.Collecting;

/// <summary>
/// What has been pulled from one Pump and not been merged yet: one writer, one reader, bounded in bytes. The writer waits
/// while the queue is full, so that HTTP/2 flow control holds the Pump back; one binlog larger than the bound goes through
/// alone.
/// </summary>
internal sealed class SourceQueue(int maxBytes, TimeProvider time)
{
    private readonly Channel<PulledBinlog> _channel = Channel.CreateUnbounded<PulledBinlog>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly AdvanceSignal _room = new();
    private long _bytes;
    private long _emptiedAt = time.GetTimestamp();

    /// <summary>Whether there is nothing to read.</summary>
    public bool IsEmpty => Interlocked.Read(ref _bytes) == 0;

    /// <summary>Whether the writer waits, or would, until something is read.</summary>
    public bool IsFull => Interlocked.Read(ref _bytes) >= maxBytes;

    /// <summary>Since when the reader has had everything that came, as a timestamp of the clock; meaningful while the queue is empty.</summary>
    public long EmptiedAt => Volatile.Read(ref _emptiedAt);

    /// <summary>Appends a binlog; waits first until what is queued is under the bound.</summary>
    public async ValueTask WriteAsync(PulledBinlog binlog, CancellationToken cancellationToken)
    {
        while (Interlocked.Read(ref _bytes) >= maxBytes)
        {
            Task room = _room.Next;
            if (Interlocked.Read(ref _bytes) >= maxBytes)
            {
                await room.WaitAsync(cancellationToken);
            }
        }

        Interlocked.Add(ref _bytes, SizeOf(binlog));
        _channel.Writer.TryWrite(binlog);
    }

    /// <summary>Takes the next binlog.</summary>
    public bool TryRead(out PulledBinlog binlog)
    {
        if (!_channel.Reader.TryRead(out binlog))
        {
            return false;
        }

        int size = SizeOf(binlog);
        long left = Interlocked.Add(ref _bytes, -size);
        if (left == 0)
        {
            Volatile.Write(ref _emptiedAt, time.GetTimestamp());
        }

        if (left < maxBytes && left + size >= maxBytes)
        {
            _room.Pulse();
        }

        return true;
    }

    /// <summary>Ends the queue with an error, which the reader gets once it has read what came before.</summary>
    public void Complete(Exception fault) => _channel.Writer.TryComplete(fault);

    /// <summary>Fails when the queue has ended with an error and everything before it was read.</summary>
    /// <exception cref="DrainerException">It has.</exception>
    public void ThrowIfOver()
    {
        if (_channel.Reader.Completion is { IsCompleted: true } over)
        {
            over.GetAwaiter().GetResult();
        }
    }

    /// <summary>Completes when there is something to read.</summary>
    /// <exception cref="DrainerException">The queue has ended with an error.</exception>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => _channel.Reader.WaitToReadAsync(cancellationToken);

    private static int SizeOf(in PulledBinlog binlog) => binlog.Payload.Length + 64;
}
