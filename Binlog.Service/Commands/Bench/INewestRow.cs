namespace Binlog.Service.Commands.Bench;

/// <summary>A reader of a target that looks for new rows again and again. Not thread-safe.</summary>
internal interface INewestRow : IAsyncDisposable
{
    /// <summary>The greatest ID in the benchmark's table, as any other client of the target sees it now; 0 when the table is empty.</summary>
    /// <exception cref="Hosting.ServiceException">The target doesn't say.</exception>
    ValueTask<long> ReadIdAsync(CancellationToken cancellationToken);
}
