using Binlog.Cluster;
using Binlog.Service.Downstream.Claiming;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>Says of the other Drainers what a test says.</summary>
internal sealed class FakeRivals(params Rival[] rivals) : IRivals
{
    private volatile Rival[] _rivals = rivals;

    /// <summary>Thrown by every look, when there is one.</summary>
    public ClusterException? Failure { get; set; }

    public void Set(params Rival[] rivals) => _rivals = rivals;

    public Task<IReadOnlyList<Rival>> LookAsync(CancellationToken cancellationToken) =>
        Failure is { } failure ? Task.FromException<IReadOnlyList<Rival>>(failure) : Task.FromResult<IReadOnlyList<Rival>>(_rivals);
}
