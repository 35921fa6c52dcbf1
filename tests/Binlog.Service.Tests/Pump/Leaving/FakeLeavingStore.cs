using Binlog.Service.Pump.Leaving;

namespace Binlog.Service.Tests.Pump.Leaving;

/// <summary>A store that is as a test says.</summary>
internal sealed class FakeLeavingStore : ILeavingStore
{
    public bool IsSorted { get; set; } = true;

    public ulong MaxCommitTs { get; set; } = 100;

    public string? OrderProblem { get; set; }
}
