using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.Bench;

/// <summary>A target that lends itself to a benchmark: empty of the benchmark's table before, and after disposal again.</summary>
internal interface IBenchTarget : IAsyncDisposable
{
    /// <summary>How the Drainer reaches it.</summary>
    DownstreamOptions Options { get; }

    /// <summary>Rows that the benchmark's table holds.</summary>
    /// <exception cref="Hosting.ServiceException">The target doesn't say.</exception>
    Task<long> CountRowsAsync(CancellationToken cancellationToken);

    /// <summary>Opens a connection that sees what others have committed. The benchmark's table must be there.</summary>
    /// <exception cref="Hosting.ServiceException">The target can't be reached.</exception>
    Task<INewestRow> OpenReaderAsync(CancellationToken cancellationToken);
}
