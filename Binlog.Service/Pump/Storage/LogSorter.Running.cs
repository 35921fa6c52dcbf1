using Binlog.RelayLog;
using Binlog.Service.Pump.Storage.Indexing;

namespace Binlog.Service.Pump.Storage;

internal sealed partial class LogSorter
{
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromSeconds(5);

    /// <summary>Sorts what comes until it is cancelled, or the log is closed, or ordering fails. While log or index can't be read, it is tried again.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            TimeSpan delay = FirstRetryDelay;
            while (Fault is null && (_unsorted is not null || await reader.WaitForMoreAsync(cancellationToken)))
            {
                if (TrySortFlushed(cancellationToken))
                {
                    delay = FirstRetryDelay;
                    continue;
                }

                await Task.Delay(delay, _time, cancellationToken);
                delay = delay * 2 < LongestRetryDelay ? delay * 2 : LongestRetryDelay;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Finish();
        }
        catch (StoreFormatException exception)
        {
            // Opening again would come to the same record. What is in order is still served.
            Stop(exception);
        }
        catch (Exception exception)
        {
            Stop(exception);
            OnFault?.Invoke(exception);
        }
    }

    /// <summary>Sorts what is flushed; false when a record can't be read now, or what must be known to sort it. That record is the next one again, and what came before is in order.</summary>
    private bool TrySortFlushed(CancellationToken cancellationToken)
    {
        try
        {
            SortFlushed(cancellationToken);
            _readFailure = null;
            return true;
        }
        catch (Exception exception) when (exception is RelayLogException { IsTransient: true } or IndexReadException)
        {
            if (_readFailure is null)
            {
                LogReadFailed(exception.Message);
            }

            _readFailure = exception;
            return false;
        }
    }

    /// <summary>Brings the sorter to rest, so that a checkpoint can be written.</summary>
    private void Finish()
    {
        try
        {
            lock (_gate)
            {
                while (_hasMore)
                {
                    Emit();
                }
            }

            TryCheckpoint();
        }
        catch (Exception exception)
        {
            Stop(exception);
        }
    }

    private void Stop(Exception exception)
    {
        Fault = exception;
        LogSortingStopped(exception, exception.Message);
        _snapshotSorted.Pulse();
    }
}
