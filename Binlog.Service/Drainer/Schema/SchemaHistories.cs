using Binlog.RelayLog;
using Binlog.Service.Configuration;
using Binlog.Service.Drainer.Schema.Storing;
using Binlog.Service.Drainer.Schema.TiDbStatus;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Drainer.Schema;

/// <summary>Opens the schema history that the configuration names.</summary>
internal static class SchemaHistories
{
    /// <summary>Opens it for a Drainer.</summary>
    /// <param name="host">The configuration.</param>
    /// <param name="options">The Drainer's.</param>
    /// <param name="clusterId">The cluster that stored jobs belong to.</param>
    /// <param name="tiKv">Source of jobs in TiKV; null when there is none.</param>
    /// <param name="time">Clock of pauses.</param>
    /// <param name="logger">Where a source that is away is reported.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ServiceException">The stored jobs can't be used.</exception>
    public static async Task<IOpenSchemaHistory> OpenAsync(
        HostOptions host, DrainerOptions options, ulong clusterId, IDdlJobSource? tiKv, TimeProvider time, ILogger logger, CancellationToken cancellationToken) =>
        SourceOf(host, options, tiKv) is not { } source
            ? new FileSchemaHistory(options.SchemaHistory.Path)
            : new StoredSchemaHistory(await OpenStoreAsync(host.DataDir, clusterId, time, logger, cancellationToken), source, time, logger);

    /// <summary>Opens it for a look, which leaves the data directory alone: jobs are kept in a directory that the caller deletes. A source that is away is an error.</summary>
    /// <exception cref="ServiceException">The directory can't be used.</exception>
    public static async Task<IOpenSchemaHistory> OpenToLookAsync(
        HostOptions host, DrainerOptions options, string directory, IDdlJobSource? tiKv, TimeProvider time, CancellationToken cancellationToken) =>
        SourceOf(host, options, tiKv) is not { } source
            ? new FileSchemaHistory(options.SchemaHistory.Path)
            : new StoredSchemaHistory(await OpenStoreAsync(directory, 0, time, NullLogger.Instance, cancellationToken), source, time, NullLogger.Instance) { IsPatient = false };

    /// <summary>Opens it for work that goes without the upstream: the file, or what a Drainer has stored.</summary>
    /// <exception cref="ServiceException">The stored jobs can't be used, or there are none.</exception>
    public static async Task<IOpenSchemaHistory> OpenWithoutUpstreamAsync(
        string dataDirectory, DrainerOptions options, ulong clusterId, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        if (options.SchemaHistory.Source == SchemaHistorySource.File)
        {
            return new FileSchemaHistory(options.SchemaHistory.Path);
        }

        string directory = JobStore.DirectoryIn(dataDirectory);
        if (!Directory.Exists(directory))
        {
            throw NoneStored(directory);
        }

        JobStore store;
        try
        {
            store = await JobStore.OpenAsync(dataDirectory, clusterId, cancellationToken);
        }
        catch (RelayLogException exception)
        {
            throw new SchemaHistoryException($"The stored schema history in {directory} can't be used: {exception.Message} binlogd inspect repair mends what can be mended; or name a file of the upstream's DDL jobs in drainer.schemaHistory.path and set drainer.schemaHistory.source to file.", innerException: exception);
        }

        if (store.IsComplete)
        {
            return new StoredSchemaHistory(store, null, time, logger);
        }

        await store.DisposeAsync();
        throw NoneStored(directory);
    }

    private static ServiceException NoneStored(string directory) => new(
        $"No schema history is stored in {directory}, so the rows of the relay log can't be read. Check dataDir; or name a file of the upstream's DDL jobs in drainer.schemaHistory.path and set drainer.schemaHistory.source to file.");

    private static IDdlJobSource? SourceOf(HostOptions host, DrainerOptions options, IDdlJobSource? tiKv) => options.SchemaHistory.Source switch
    {
        SchemaHistorySource.File => null,
        SchemaHistorySource.TiDb => new TiDbJobSource(new TiDbStatusClient(options.SchemaHistory.TiDbServers, host.Security.Client)),
        _ => tiKv ?? throw new SchemaHistoryException("drainer.schemaHistory.source is tikv, and TiKV can't be found without PD. Check cluster.mode and cluster.endpoints."),
    };

    private static async Task<JobStore> OpenStoreAsync(string dataDirectory, ulong clusterId, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            return await JobStore.OpenOrBeginAsync(dataDirectory, clusterId, time, logger, cancellationToken);
        }
        catch (RelayLogException exception)
        {
            throw new SchemaHistoryException($"The stored schema history can't be used: {exception.Message}", innerException: exception);
        }
    }
}
