using System.Buffers;
using System.Threading.Tasks.Sources;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Committing;

/// <summary>One append call: records that go into one segment in order, and the task that its caller awaits. Reused.</summary>
internal sealed class AppendRequest(AppendRequestPool pool) : IValueTaskSource<LogPosition>
{
    private readonly QueuedRecord[] _single = new QueuedRecord[1];
    private ManualResetValueTaskSourceCore<LogPosition> _task = new() { RunContinuationsAsynchronously = true };
    private QueuedRecord[] _records = [];
    private int _count;

    public AppendState State { get; set; }

    public CancellationTokenRegistration Cancellation { get; set; }

    public short Version => _task.Version;

    /// <summary>Bytes that the records take in a segment.</summary>
    public long Bytes { get; private set; }

    public ReadOnlySpan<QueuedRecord> Records => _records.AsSpan(0, _count);

    /// <summary>Where the caller wants each record's position; may be empty.</summary>
    public Memory<LogPosition> Positions { get; private set; }

    /// <summary>Position of the last record, once encoded.</summary>
    public LogPosition LastPosition { get; set; }

    public void Prepare(RecordTag tag, ReadOnlyMemory<byte> payload)
    {
        _records = _single;
        _count = 1;
        _single[0] = new QueuedRecord(tag, payload, Crc32C.Compute(payload.Span));
        Bytes = RecordHeader.SizeOf(payload.Length);
    }

    public void Prepare(IReadOnlyList<PendingRecord> records, Memory<LogPosition> positions)
    {
        Positions = positions;
        _records = ArrayPool<QueuedRecord>.Shared.Rent(records.Count);
        _count = records.Count;
        Bytes = 0;
        for (int i = 0; i < _count; i++)
        {
            PendingRecord record = records[i];
            uint checksum = record.Source?.Checksum ?? Crc32C.Compute(record.Payload.Span);
            _records[i] = new QueuedRecord(record.Tag, record.Payload, checksum, record.Source);
            Bytes += RecordHeader.SizeOf(record.Length);
        }
    }

    public void Complete() => _task.SetResult(LastPosition);

    public void Fail(Exception exception) => _task.SetException(exception);

    public void Cancel(CancellationToken cancellationToken) =>
        _task.SetException(new OperationCanceledException("The append was cancelled while it waited for room.", cancellationToken));

    public LogPosition GetResult(short token)
    {
        try
        {
            return _task.GetResult(token);
        }
        finally
        {
            Release();
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _task.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _task.OnCompleted(continuation, state, token, flags);

    /// <summary>Ends the request's use: after its caller has the result, or when it was never queued.</summary>
    public void Release()
    {
        _records.AsSpan(0, _count).Clear();
        if (_records != _single && _records.Length > 0)
        {
            ArrayPool<QueuedRecord>.Shared.Return(_records);
        }

        _records = [];
        _count = 0;
        Positions = default;
        Cancellation = default;
        if (State == AppendState.Cancelled)
        {
            // Still in the queue of waiting requests, so it must not be used again.
            return;
        }

        State = AppendState.Idle;
        _task.Reset();
        pool.Return(this);
    }
}
