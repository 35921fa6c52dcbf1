namespace Binlog.Service.Drainer.Explaining;

/// <summary>Asks Pumps what their order waits for.</summary>
internal interface IPumpOrder
{
    /// <summary>What holds the order of a Pump; null when nothing does, or it doesn't say.</summary>
    Task<HeldPumpOrder?> AskAsync(string address, CancellationToken cancellationToken);
}
