namespace Binlog.RelayLog.Committing;

/// <summary>Idle requests of one log. Thread-safe.</summary>
internal sealed class AppendRequestPool
{
    private const int MaxIdle = 1024;
    private readonly Lock _gate = new();
    private readonly Stack<AppendRequest> _idle = new();

    public AppendRequest Rent()
    {
        lock (_gate)
        {
            if (_idle.TryPop(out AppendRequest? request))
            {
                return request;
            }
        }

        return new AppendRequest(this);
    }

    public void Return(AppendRequest request)
    {
        lock (_gate)
        {
            if (_idle.Count < MaxIdle)
            {
                _idle.Push(request);
            }
        }
    }
}
