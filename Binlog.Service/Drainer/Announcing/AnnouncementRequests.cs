using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Announcing;

/// <summary>
/// The requests to one Pump: one at a time, of those that come meanwhile only the greatest commit TS. Nothing depends on an answer: a Pump that
/// can't announce anything does it at its interval. Thread-safe.
/// </summary>
internal sealed partial class AnnouncementRequests(string nodeId, IAnnouncingPump pump, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>How long a Pump that has failed is left alone. By then it has announced something by itself, if it can.</summary>
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _asking = Task.CompletedTask;
    private bool _isAsking;
    private bool _isUnable;
    private bool _isOver;
    private bool _saidSo;
    private ulong _wanted;
    private ulong _asked;
    private long? _failedAt;

    /// <summary>Whether a request is under way.</summary>
    public bool IsAsking
    {
        get
        {
            lock (_lock)
            {
                return _isAsking;
            }
        }
    }

    /// <summary>Asks for an announcement at or above a commit TS, unless that has been done; doesn't wait for it.</summary>
    public void Ask(ulong commitTs)
    {
        lock (_lock)
        {
            if (_isOver || _isUnable || commitTs <= _wanted || (_failedAt is { } failed && time.GetElapsedTime(failed) < PauseAfterFailure))
            {
                return;
            }

            (_wanted, _failedAt) = (commitTs, null);
            if (!_isAsking)
            {
                _isAsking = true;
                _asking = Task.Run(AskAsync);
            }
        }
    }

    /// <summary>The Pump has been connected to anew, and may be of another version.</summary>
    public void Renew()
    {
        lock (_lock)
        {
            (_isUnable, _failedAt) = (false, null);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return;
            }

            _isOver = true;
        }

        await _stopping.CancelAsync();
        await _asking;
        pump.Dispose();
        _stopping.Dispose();
    }

    private async Task AskAsync()
    {
        while (TryNext(out ulong commitTs))
        {
            try
            {
                if (!await pump.AskAsync(commitTs, _stopping.Token))
                {
                    SetUnable();
                }
            }
            catch (Exception)
            {
                // Whatever it is, an address that is none included: the pull of that Pump fails of it too, and says so. Nothing depends on announcements.
                Pause();
            }
        }
    }

    private bool TryNext(out ulong commitTs)
    {
        lock (_lock)
        {
            commitTs = _wanted;
            _isAsking = _wanted > _asked && !_isOver && !_isUnable && _failedAt is null;
            _asked = _isAsking ? _wanted : _asked;
            return _isAsking;
        }
    }

    private void SetUnable()
    {
        lock (_lock)
        {
            _isUnable = true;
        }

        if (!_saidSo)
        {
            LogUnable(nodeId);
        }

        _saidSo = true;
    }

    private void Pause()
    {
        lock (_lock)
        {
            _failedAt = time.GetTimestamp();
        }
    }

    [LoggerMessage(EventIds.DrainerSourceAnnouncesNothing, LogLevel.Information, "The Pump {NodeId} does not announce its commit TS on request: it is of another program or an older version. While it is idle, transactions of other Pumps wait for its next fake binlog.")]
    private partial void LogUnable(string nodeId);
}
