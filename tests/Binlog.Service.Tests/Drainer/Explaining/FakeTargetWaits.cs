using Binlog.Service.Downstream;

namespace Binlog.Service.Tests.Drainer.Explaining;

/// <summary>A target that answers what a test says, and counts the questions.</summary>
internal sealed class FakeTargetWaits : ITargetWaits
{
    public IReadOnlyList<TargetWait> Answer { get; set; } = [];

    public int Questions { get; private set; }

    public Task<IReadOnlyList<TargetWait>> FindAsync(CancellationToken cancellationToken)
    {
        Questions++;
        return Task.FromResult(Answer);
    }
}
