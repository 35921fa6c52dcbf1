using Binlog.Cluster.Contracts;
using Binlog.Grpc;

namespace Binlog.Cluster.Pumps.Members;

/// <summary>A channel to a Pump that is closed when its owner has let go of it and its last call is over. Thread-safe.</summary>
internal sealed class PumpConnection(GrpcChannel channel)
{
    private int _users = 1;

    public Pump.PumpClient Client { get; } = new(channel);

    /// <summary>Begins a call; false when the connection is closed.</summary>
    public bool TryEnter()
    {
        int users = Volatile.Read(ref _users);
        while (users > 0)
        {
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                return true;
            }

            users = seen;
        }

        return false;
    }

    /// <summary>A call is over, or the owner lets go.</summary>
    public void Exit()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            channel.Dispose();
        }
    }

    /// <summary>Closes it at once; calls under way are cut off.</summary>
    public void Abort() => channel.Dispose();
}
