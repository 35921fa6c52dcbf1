namespace Binlog.Service.Drainer.Applying;

/// <summary>The limits of applying that are in effect; they can be changed while it runs. Thread-safe.</summary>
internal sealed class ApplyTuning
{
    private volatile ApplyLimits _limits;

    /// <summary>Begins with what is configured.</summary>
    public ApplyTuning(ApplyLimits configured) => Configured = _limits = configured;

    /// <summary>What the configuration says: in effect from every start on.</summary>
    public ApplyLimits Configured { get; }

    /// <summary>What is in effect for the next group.</summary>
    public ApplyLimits Limits
    {
        get => _limits;
        set => _limits = value;
    }
}
