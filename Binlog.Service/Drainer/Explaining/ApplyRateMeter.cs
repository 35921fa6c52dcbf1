using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Relaying;

namespace Binlog.Service.Drainer.Explaining;

/// <summary>Notes once a second what has been applied, to tell the rate of the last ten.</summary>
internal sealed class ApplyRateMeter(Relay relay, ApplyProgress progress, TimeProvider time)
{
    private const int Samples = 10;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Queue<(long At, long Bytes, long Rows)> _samples = new();

    /// <summary>Notes until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Note();
            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    /// <summary>Notes now.</summary>
    public void Note()
    {
        lock (_lock)
        {
            _samples.Enqueue((time.GetTimestamp(), relay.AppliedBytes, progress.Rows));
            if (_samples.Count > Samples)
            {
                _samples.Dequeue();
            }
        }
    }

    /// <summary>The rate since the oldest note; 0 without one.</summary>
    public ApplyRate Measure()
    {
        lock (_lock)
        {
            if (!_samples.TryPeek(out (long At, long Bytes, long Rows) oldest) || time.GetElapsedTime(oldest.At) is var elapsed && elapsed <= TimeSpan.Zero)
            {
                return default;
            }

            return new ApplyRate((relay.AppliedBytes - oldest.Bytes) / elapsed.TotalSeconds, (progress.Rows - oldest.Rows) / elapsed.TotalSeconds);
        }
    }
}
