using System.Globalization;
using System.Runtime.CompilerServices;
using Binlog.Grpc;
using Binlog.Service.Hosting.Http;

namespace Binlog.Service.Drainer.Schema.TiDbStatus;

/// <summary>
/// Reads DDL jobs from the status port of TiDB servers, by default 10080: the first server that answers is asked. Thread-safe.
/// </summary>
/// <remarks>
/// Source: <c>GET /ddl/history</c> of TiDB's HTTP API. Up to TiDB 6.1 it has the parameter <c>limit</c> and answers the newest jobs in ascending order, or all of
/// them; later ones also have <c>start_job_id</c>, answer in descending order, and never more than 1024. So pages are asked for, from the newest backwards, and where the second page is the
/// first one again, all at once.
/// </remarks>
/// <param name="servers">Status addresses, with or without a scheme.</param>
/// <param name="tls">TLS files; null trusts the system's authorities and shows no certificate.</param>
internal sealed class TiDbStatusClient(IReadOnlyList<string> servers, GrpcTls? tls) : IDisposable
{
    /// <summary>The most jobs that newer TiDBs give at a time.</summary>
    private const int PageJobs = 1024;

    /// <summary>Mostly there are a few new jobs.</summary>
    private const int FirstPageJobs = 64;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How long nothing may come in the middle of an answer.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);

    /// <summary>TiDB reads the whole page before it sends its first byte.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromMinutes(2);

    private readonly HttpClient _client = new(TlsHttp.CreateHandler(tls, ConnectTimeout)) { Timeout = AnswerTimeout };
    private readonly Uri[] _servers = [.. servers.Select(server => TlsHttp.BaseAddressOf(server, tls))];

    /// <summary>How messages name the source.</summary>
    public string Name { get; } = $"TiDB's status port at {string.Join(", ", servers)}";

    /// <summary>The jobs that the caller lacks, page by page from the newest; within a page in any order. Each is valid until the next one is asked for.</summary>
    /// <param name="isKnown">Whether the caller has a job already.</param>
    /// <param name="isOld">Whether it had the job when it had all that there were. A page of such jobs only is the last one.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SchemaHistoryException">No server answers, or with something else.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(Func<long, bool> isKnown, Func<long, bool> isOld, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long? before = null;
        var given = new HashSet<long>();
        for (int limit = FirstPageJobs; ; limit = PageJobs)
        {
            var page = new PageSurvey(before);
            await foreach ((long id, ReadOnlyMemory<byte> job) in FetchAsync(QueryOf(before - 1, limit), cancellationToken))
            {
                page.Add(id, isOld(id));
                if (page.IsRepeated)
                {
                    break;
                }

                if (!isKnown(id) && given.Add(id))
                {
                    yield return job;
                }
            }

            if (page.IsRepeated)
            {
                break;
            }

            if (page.Jobs < limit || page.Least <= 1 || !page.HasNew)
            {
                yield break;
            }

            before = page.Least;
        }

        // An older TiDB, which doesn't know start_job_id: it gives everything at once.
        await foreach ((long id, ReadOnlyMemory<byte> job) in FetchAsync("", cancellationToken))
        {
            if (!isKnown(id) && given.Add(id))
            {
                yield return job;
            }
        }
    }

    /// <summary>One job; null when the server doesn't have it. A server that can't begin at a job is asked for all.</summary>
    /// <exception cref="SchemaHistoryException">No server answers, or with something else.</exception>
    public async Task<ReadOnlyMemory<byte>?> FindAsync(long jobId, CancellationToken cancellationToken)
    {
        bool isRepeated = false;
        await foreach ((long id, ReadOnlyMemory<byte> job) in FetchAsync(QueryOf(jobId, 1), cancellationToken))
        {
            if (id == jobId)
            {
                return job.ToArray();
            }

            isRepeated |= id > jobId;
        }

        if (isRepeated)
        {
            await foreach ((long id, ReadOnlyMemory<byte> job) in FetchAsync("", cancellationToken))
            {
                if (id == jobId)
                {
                    return job.ToArray();
                }
            }
        }

        return null;
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();

    private static string QueryOf(long? start, int limit) => start is { } first
        ? string.Create(CultureInfo.InvariantCulture, $"?start_job_id={first}&limit={limit}")
        : string.Create(CultureInfo.InvariantCulture, $"?limit={limit}");

    private async IAsyncEnumerable<(long Id, ReadOnlyMemory<byte> Json)> FetchAsync(string query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (HttpResponseMessage response, Uri uri) = await SendAsync(query, cancellationToken);
        using (response)
        {
            await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await using IAsyncEnumerator<ReadOnlyMemory<byte>> jobs = JobArrayReader.ReadAsync(stream, patience.Token).GetAsyncEnumerator(patience.Token);
            while (await NextAsync(jobs, uri, patience, cancellationToken) is { } id)
            {
                yield return (id, jobs.Current);
            }
        }
    }

    private static async ValueTask<long?> NextAsync(IAsyncEnumerator<ReadOnlyMemory<byte>> jobs, Uri uri, CancellationTokenSource patience, CancellationToken cancellationToken)
    {
        try
        {
            patience.CancelAfter(IdleTimeout);
            return await jobs.MoveNextAsync() ? JobHead.Read(jobs.Current.Span).Id : null;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SchemaHistoryException($"TiDB's DDL history from {uri} came to a halt: nothing for {IdleTimeout.TotalSeconds:0} s in the middle of an answer. Check the network and the server.", innerException: exception) { IsTransient = true };
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or HttpRequestException or FormatException && !cancellationToken.IsCancellationRequested)
        {
            throw new SchemaHistoryException(
                $"TiDB's DDL history from {uri} can't be read: {exception.Message.TrimEnd('.')}. Check that drainer.schemaHistory.tidb names the status ports of TiDB servers.", innerException: exception)
            {
                IsTransient = exception is not (InvalidDataException or FormatException),
            };
        }
    }

    private async Task<(HttpResponseMessage Response, Uri Uri)> SendAsync(string query, CancellationToken cancellationToken)
    {
        var failures = new List<string>();
        bool isTransient = false;
        foreach (Uri server in _servers)
        {
            var uri = new Uri(server, $"/ddl/history{query}");
            try
            {
                HttpResponseMessage response = await _client.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return (response, uri);
                }

                using (response)
                {
                    isTransient |= (int)response.StatusCode >= 500;
                    failures.Add($"{uri} answered {(int)response.StatusCode} {(await ReadBeginAsync(response, cancellationToken)).TrimEnd()}");
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException && !cancellationToken.IsCancellationRequested)
            {
                isTransient = true;
                failures.Add($"{uri}: {(exception is OperationCanceledException ? $"no answer within {AnswerTimeout.TotalSeconds:0} s" : (exception.InnerException ?? exception).Message.TrimEnd('.'))}");
            }
        }

        throw new SchemaHistoryException(
            $"No TiDB server gives its DDL history: {string.Join("; ", failures)}. Check that drainer.schemaHistory.tidb names the status ports of TiDB servers that run.") { IsTransient = isTransient };
    }

    private static async Task<string> ReadBeginAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] begin = new byte[200];
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        int length = await stream.ReadAtLeastAsync(begin, begin.Length, throwOnEndOfStream: false, cancellationToken);
        return System.Text.Encoding.UTF8.GetString(begin, 0, length);
    }

    /// <summary>What a page had.</summary>
    private sealed class PageSurvey(long? before)
    {
        public int Jobs { get; private set; }

        public long Least { get; private set; } = long.MaxValue;

        /// <summary>Whether one of its jobs came into the history since the caller had it whole.</summary>
        public bool HasNew { get; private set; }

        /// <summary>Whether the server did not begin where it was asked to.</summary>
        public bool IsRepeated { get; private set; }

        /// <summary>Notes a job.</summary>
        public void Add(long id, bool isOld)
        {
            Jobs++;
            Least = Math.Min(Least, id);
            IsRepeated |= id >= before;
            HasNew |= !isOld;
        }
    }
}
