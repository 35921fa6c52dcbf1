using Binlog.Service.Drainer.Explaining;

namespace Binlog.Service.Tests.Drainer.Explaining;

/// <summary>Answers for every Pump what a test says.</summary>
internal sealed class FakePumpOrder : IPumpOrder
{
    public HeldPumpOrder? Answer { get; set; }

    public Task<HeldPumpOrder?> AskAsync(string address, CancellationToken cancellationToken) => Task.FromResult(Answer);
}
