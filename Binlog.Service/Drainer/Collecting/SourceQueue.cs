using System.Threading.Channels;
using Binlog.Service.Drainer.Memory;
using Binlog.Service.Drainer.Spooling;

namespace Binlog.Service.Drainer.Collecting;

/// <summary>
/// What has been pulled from one Pump and not been merged yet: one writer, one reader. The writer waits while the source holds its part of the memory, so
/// that HTTP/2 flow control holds the Pump back. What the memory has no room for goes through a file, one at a time: there is always a way on for a source of
/// which the merge has nothing.
/// </summary>
internal sealed class SourceQueue(SourceMemory memory, TimeProvider time)
{
    /// <summary>What a binlog takes in memory besides its payload.</summary>
    private const int Overhead = 96;

    private readonly Channel<PulledBinlog> _channel = Channel.CreateUnbounded<PulledBinlog>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly SourceShare _share = memory.Budget.Join();
    private long _count;
    private long _emptiedAt = time.GetTimestamp();

    /// <summary>Whether there is nothing to read.</summary>
    public bool IsEmpty => Interlocked.Read(ref _count) == 0;

    /// <summary>Whether the writer waits until something is merged.</summary>
    public bool IsFull => _share.IsAwaited;

    /// <summary>Since when the reader has had everything that came, as a timestamp of the clock; meaningful while the queue is empty.</summary>
    public long EmptiedAt => Volatile.Read(ref _emptiedAt);

    /// <summary>Bytes in memory that were not released yet.</summary>
    public long HeldBytes => _share.Held;

    /// <summary>Appends a binlog; waits first until there is room for it.</summary>
    public async ValueTask WriteAsync(PulledBinlog binlog, CancellationToken cancellationToken)
    {
        if (binlog.Spool is not null)
        {
            await WriteFileAsync(binlog, cancellationToken);
        }
        else if (await _share.TakeAsync(SizeOf(binlog), cancellationToken))
        {
            Write(binlog);
        }
        else
        {
            await WriteFileAsync(await SpoolAsync(binlog, cancellationToken), cancellationToken);
        }
    }

    /// <summary>Takes the next binlog, which counts as held until <see cref="Release"/>.</summary>
    public bool TryRead(out PulledBinlog binlog)
    {
        if (!_channel.Reader.TryRead(out binlog))
        {
            return false;
        }

        if (Interlocked.Decrement(ref _count) == 0)
        {
            Volatile.Write(ref _emptiedAt, time.GetTimestamp());
        }

        return true;
    }

    /// <summary>Makes room for others: a binlog that was read is no longer held for this source.</summary>
    public void Release(in PulledBinlog binlog)
    {
        if (binlog.Spool is null)
        {
            _share.Release(SizeOf(binlog));
        }
        else
        {
            _share.ReleaseFile();
        }
    }

    /// <summary>The source has gone: its part is for others. What is in the queue can still be read.</summary>
    public void Leave() => _share.Leave();

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

    private void Write(in PulledBinlog binlog)
    {
        Interlocked.Increment(ref _count);
        _channel.Writer.TryWrite(binlog);
    }

    private async ValueTask WriteFileAsync(PulledBinlog binlog, CancellationToken cancellationToken)
    {
        try
        {
            await _share.TakeFileAsync(cancellationToken);
        }
        catch
        {
            binlog.Spool!.Release();
            throw;
        }

        Write(binlog);
    }

    private async ValueTask<PulledBinlog> SpoolAsync(PulledBinlog binlog, CancellationToken cancellationToken)
    {
        using SpoolWriter writer = await memory.Spool.BeginAsync(cancellationToken);
        await writer.AppendAsync(binlog.Payload, cancellationToken);
        return binlog with { Payload = default, Spool = writer.Finish() };
    }

    private static int SizeOf(in PulledBinlog binlog) => binlog.Payload.Length + Overhead;
}
