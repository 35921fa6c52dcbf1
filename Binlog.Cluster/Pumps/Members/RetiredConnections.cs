namespace Binlog.Cluster.Pumps.Members;

/// <summary>
/// Connections that no new call takes. Each is closed when its last call must be over by the time limit of calls, which is looked at when the next one comes; the
/// last one's socket closes by itself when it is idle. Counting the calls of each connection would cost every call. Not thread-safe.
/// </summary>
internal sealed class RetiredConnections(TimeSpan longestCall, TimeProvider time) : IDisposable
{
    private readonly Queue<(PumpConnection Connection, long Since)> _connections = new();

    public void Add(PumpConnection connection)
    {
        while (_connections.TryPeek(out (PumpConnection Connection, long Since) oldest) && time.GetElapsedTime(oldest.Since) > longestCall)
        {
            _connections.Dequeue();
            oldest.Connection.Dispose();
        }

        _connections.Enqueue((connection, time.GetTimestamp()));
    }

    public void Dispose()
    {
        while (_connections.TryDequeue(out (PumpConnection Connection, long Since) retired))
        {
            retired.Connection.Dispose();
        }
    }
}
