using Binlog.Cluster.Contracts.Etcd;
using Binlog.Cluster.Timestamps;
using Binlog.TiDB;

namespace Binlog.Cluster.Etcd;

/// <summary>
/// Timestamps of a cluster without PD, from one key in etcd that holds the greatest one given out or seen. Thread-safe.
/// </summary>
/// <remarks>
/// A transaction moves the key on, from the revision that was read, by as many timestamps as callers wait for, and never by more: a timestamp that is
/// given out was taken after the call began, so one that was asked for later, anywhere, is greater. They follow the clock when it is ahead. When no answer
/// comes, the key may have been moved or not; what it was moved by is skipped.
/// </remarks>
/// <param name="client">etcd.</param>
/// <param name="time">Clock that the timestamps follow.</param>
public sealed class EtcdTso(EtcdClient client, TimeProvider time) : ITsoSource
{
    private const int MostAtOnce = 1 << Tso.LogicalBits;

    /// <summary>How long others may come first, or outcomes be unknown.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private List<EtcdTsoRequest> _waiting = [];
    private bool _isServing;

    /// <summary>The key as it was last read or written; a guess, because others write it too. Only the serving loop uses it.</summary>
    private EtcdTsoMark? _known;

    /// <summary>The greatest timestamp that this process gave out: not even an etcd that was restored from a backup gives it out again here.</summary>
    private ulong _greatest;

    /// <inheritdoc />
    public ValueTask<ulong> NextAsync(int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MostAtOnce);
        return AskAsync(new EtcdTsoRequest(count, 0), cancellationToken);
    }

    /// <inheritdoc />
    public ValueTask<ulong> ObserveAsync(ulong seen, CancellationToken cancellationToken) => seen > TsoLimits.Max
        ? ValueTask.FromException<ulong>(new ClusterException($"A Pump reports that it has seen the timestamp {seen}; expected at most {TsoLimits.Max}."))
        : AskAsync(new EtcdTsoRequest(0, seen), cancellationToken);

    private async ValueTask<ulong> AskAsync(EtcdTsoRequest request, CancellationToken cancellationToken)
    {
        bool isFirst;
        lock (_lock)
        {
            _waiting.Add(request);
            isFirst = !_isServing;
            _isServing = true;
        }

        if (isFirst)
        {
            // Lives as long as somebody waits, and gives every failure to those.
            _ = ServeAllAsync();
        }

        return await request.Answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ServeAllAsync()
    {
        while (true)
        {
            List<EtcdTsoRequest> requests;
            lock (_lock)
            {
                if (_waiting.Count == 0)
                {
                    _isServing = false;
                    return;
                }

                (requests, _waiting) = (_waiting, []);
            }

            try
            {
                await ServeAsync(requests).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                _known = null;
                requests.ForEach(request => request.Answer.TrySetException(exception));
            }
        }
    }

    private async Task ServeAsync(List<EtcdTsoRequest> requests)
    {
        ulong count = 0;
        ulong seen = 0;
        foreach (EtcdTsoRequest request in requests)
        {
            count += (ulong)request.Count;
            seen = Math.Max(seen, request.Seen);
        }

        long began = time.GetTimestamp();
        while (true)
        {
            // Who only asks how far timestamps are needs to know it as of now.
            EtcdTsoMark mark = count > 0 && _known is { } known ? known : await ReadAsync().ConfigureAwait(false);
            ulong last = LastOf(mark, count, seen);
            if (last == mark.Value || await TryMoveAsync(mark, last).ConfigureAwait(false))
            {
                Answer(requests, last - count, last);
                return;
            }

            if (time.GetElapsedTime(began) >= Patience)
            {
                throw new ClusterException($"The key {EtcdTsoMark.Key.ToStringUtf8()} in {client} could not be moved on within {Patience.TotalSeconds:0} s: others came first, or answers were missing. Check that etcd's members run and see each other.", isTransient: true);
            }
        }
    }

    private ulong LastOf(EtcdTsoMark mark, ulong count, ulong seen)
    {
        ulong start = Math.Max(Math.Max(mark.Value, seen), _greatest);
        if (count > 0)
        {
            start = Math.Max(start, Clock());
        }

        return start + count <= EtcdTsoMark.Greatest
            ? start + count
            : throw new ClusterException($"The cluster's timestamps are used up: the greatest is {start}, and {count} more are wanted; there are none above {EtcdTsoMark.Greatest}.");
    }

    private ulong Clock()
    {
        DateTimeOffset now = time.GetUtcNow();
        ulong clock = (ulong)Math.Max(0, now.ToUnixTimeMilliseconds()) << Tso.LogicalBits;
        return clock <= TsoLimits.Max
            ? clock
            : throw new ClusterException($"This machine's clock says {now:u}; timestamps reach to the year 2527 only. Set the clock.");
    }

    private async Task<EtcdTsoMark> ReadAsync()
    {
        RangeResponse response = await client.RangeAsync(new RangeRequest { Key = EtcdTsoMark.Key }, CancellationToken.None).ConfigureAwait(false);
        EtcdTsoMark mark = EtcdTsoMark.Of(response);
        _known = mark;
        return mark;
    }

    private async Task<bool> TryMoveAsync(EtcdTsoMark from, ulong to)
    {
        var request = new TxnRequest
        {
            Compare = { EtcdOperations.IsAtRevision(EtcdTsoMark.Key, from.ModRevision) },
            Success = { EtcdOperations.Put(EtcdTsoMark.Key, EtcdTsoMark.ValueOf(to)) },
            Failure = { EtcdOperations.Get(EtcdTsoMark.Key) },
        };
        try
        {
            TxnResponse response = await client.TxnAsync(request, CancellationToken.None).ConfigureAwait(false);
            _known = response.Succeeded ? new EtcdTsoMark(to, response.Header.Revision) : EtcdTsoMark.Of(response.Responses[0].ResponseRange);
            return response.Succeeded;
        }
        catch (EtcdOutcomeUnknownException)
        {
            _known = null;
            return false;
        }
    }

    private void Answer(List<EtcdTsoRequest> requests, ulong before, ulong last)
    {
        _greatest = Math.Max(_greatest, last);
        foreach (EtcdTsoRequest request in requests)
        {
            before += (ulong)request.Count;
            request.Answer.TrySetResult(request.Count > 0 ? before : last);
        }
    }
}
