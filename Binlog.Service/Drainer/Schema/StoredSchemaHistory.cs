using System.Runtime.CompilerServices;
using Binlog.Cluster;
using Binlog.RelayLog;
using Binlog.Service.Drainer.Schema.Storing;
using Binlog.Service.Hosting;
using Binlog.TiDB;
using Binlog.TiDB.Schema;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Schema;

/// <summary>
/// The DDL history of a source over the network, kept on this Drainer's disk: a job is served from there, and only what isn't there is asked for. A source
/// that is away is waited for; whoever waits is told of in <see cref="Failure"/>. Thread-safe.
/// </summary>
/// <param name="store">The jobs on the disk; disposed with this.</param>
/// <param name="source">Where jobs come from; null serves what is stored and asks nobody.</param>
/// <param name="time">Clock of pauses.</param>
/// <param name="logger">Where a source that is away is reported.</param>
internal sealed partial class StoredSchemaHistory(JobStore store, IDdlJobSource? source, TimeProvider time, ILogger logger) : IOpenSchemaHistory
{
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetryDelay = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _asking = new(1, 1);
    private volatile string? _failure;

    /// <summary>Whether a source that is away is waited for; otherwise that is an error at once. Default true.</summary>
    public bool IsPatient { get; init; } = true;

    /// <inheritdoc />
    public string Name => source?.Name ?? "the stored schema history";

    /// <inheritdoc />
    public string? Failure => _failure;

    /// <inheritdoc />
    public bool GrowsByItself => source is not null;

    /// <inheritdoc />
    public async Task<SchemaHistoryEntry?> FindAsync(long jobId, CancellationToken cancellationToken)
    {
        if (store.Find(jobId) is { } stored)
        {
            return new SchemaHistoryEntry(Parse(jobId, stored), stored);
        }

        if (source is null)
        {
            return null;
        }

        await AskAsync(token => FetchAsync(source, jobId, token), cancellationToken);
        return store.Find(jobId) is { } found ? new SchemaHistoryEntry(Parse(jobId, found), found) : null;
    }

    /// <inheritdoc />
    /// <remarks>Up to the newest version of the last whole reading the store serves; beyond that, and for an open end, the source is read as a whole again.</remarks>
    public async IAsyncEnumerable<DdlJob> JobsAfterAsync(long schemaVersion, long upToVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (source is not null && (!store.IsComplete || upToVersion > store.WholeUpTo))
        {
            await AskAsync(token => FetchMissingAsync(source, token), cancellationToken);
        }

        foreach (JobPlace place in store.Applicable(schemaVersion, upToVersion))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Parse(place.JobId, store.Read(place.Position));
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        (source as IDisposable)?.Dispose();
        _asking.Dispose();
    }

    private async Task FetchAsync(IDdlJobSource from, long jobId, CancellationToken cancellationToken)
    {
        // Whatever else is new comes along, so that what the store has stays whole up to its newest job.
        if (!store.Has(jobId))
        {
            await FetchMissingAsync(from, cancellationToken);
        }

        if (!store.Has(jobId) && await from.FindAsync(jobId, cancellationToken) is { } json)
        {
            await store.AddAsync(HeadOf(from, json.Span), json, cancellationToken);
            await store.FlushAsync(cancellationToken);
        }
    }

    private async Task FetchMissingAsync(IDdlJobSource from, CancellationToken cancellationToken)
    {
        int before = store.Count;
        await foreach (ReadOnlyMemory<byte> json in from.ReadMissingAsync(store.Has, store.HadWhenWhole, cancellationToken))
        {
            await store.AddAsync(HeadOf(from, json.Span), json, cancellationToken);
        }

        await store.MarkWholeAsync(cancellationToken);
        if (store.Count > before)
        {
            LogFetched(store.Count - before, from.Name, store.NewestVersion);
        }
    }

    /// <summary>One question at a time, repeated while the source is away or the disk is full.</summary>
    private async Task AskAsync(Func<CancellationToken, Task> ask, CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken);
        try
        {
            TimeSpan delay = FirstRetryDelay;
            while (!await TryAskAsync(ask, cancellationToken))
            {
                await Task.Delay(delay, time, cancellationToken);
                delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LastRetryDelay.Ticks));
            }
        }
        finally
        {
            _failure = null;
            _asking.Release();
        }
    }

    private async Task<bool> TryAskAsync(Func<CancellationToken, Task> ask, CancellationToken cancellationToken)
    {
        try
        {
            await ask(cancellationToken);
            return true;
        }
        catch (Exception exception) when (IsPatient && exception is (ClusterException { IsTransient: true } or SchemaHistoryException { IsTransient: true } or DiskFullException))
        {
            string failure = exception is DiskFullException
                ? $"waits for space to store the schema history: {exception.Message}"
                : $"waits for the schema history: {exception.Message}";
            if (_failure != failure)
            {
                LogAway(failure);
            }

            _failure = failure;
            return false;
        }
        catch (Exception exception) when (exception is ClusterException or DiskFullException)
        {
            throw new SchemaHistoryException($"The schema history can't be read: {exception.Message}", innerException: exception);
        }
    }

    private static JobHead HeadOf(IDdlJobSource from, ReadOnlySpan<byte> json)
    {
        try
        {
            return JobHead.Read(json);
        }
        catch (FormatException exception)
        {
            throw new SchemaHistoryException($"{from.Name} gave a DDL job that can't be read: {exception.Message.TrimEnd('.')}. Check that it is a TiDB cluster's, of a version that this program knows.", innerException: exception);
        }
    }

    private static DdlJob Parse(long jobId, byte[] json)
    {
        try
        {
            return DdlJob.Parse(json);
        }
        catch (TiDBFormatException exception)
        {
            throw new SchemaHistoryException($"DDL job {jobId} of the schema history can't be read: {exception.Message}", jobId, exception);
        }
    }

    [LoggerMessage(EventIds.DrainerSchemaFetched, LogLevel.Information, "{Jobs} DDL jobs were read from {Source}; the newest schema version is {Version}.")]
    private partial void LogFetched(int jobs, string source, long version);

    [LoggerMessage(EventIds.DrainerSchemaAway, LogLevel.Warning, "The Drainer {Failure} It goes on trying, and loses nothing meanwhile.")]
    private partial void LogAway(string failure);
}
