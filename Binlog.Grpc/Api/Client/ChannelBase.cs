namespace Grpc.Core;

/// <summary>A way to reach one server; holds its connections. Safe for concurrent use.</summary>
public abstract class ChannelBase
{
    /// <summary>Creates a channel to the given address.</summary>
    protected ChannelBase(string target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Target = target;
    }

    /// <summary>The address.</summary>
    public string Target { get; }

    /// <summary>What clients use to start calls.</summary>
    public abstract CallInvoker CreateCallInvoker();

    /// <summary>Ends all calls and closes all connections.</summary>
    public Task ShutdownAsync() => ShutdownAsyncCore();

    /// <summary>Does the work of <see cref="ShutdownAsync"/>.</summary>
    protected virtual Task ShutdownAsyncCore() => Task.CompletedTask;
}
