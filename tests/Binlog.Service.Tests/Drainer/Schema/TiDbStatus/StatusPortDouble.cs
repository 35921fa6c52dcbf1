using System.Globalization;
using System.Net;
using System.Text;
using Binlog.Service.GrpcServer.Listening;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Tests.Drainer.Schema.TiDbStatus;

/// <summary>TiDB's status port with a history of jobs, as versions before and after 6.2 answer.</summary>
internal sealed class StatusPortDouble : IAsyncDisposable
{
    private const int MostJobs = 1024;

    private readonly WebApplication _app;

    private StatusPortDouble(WebApplication app) => _app = app;

    /// <summary>The jobs by ID.</summary>
    public SortedDictionary<long, string> Jobs { get; } = [];

    /// <summary>Queries so far.</summary>
    public List<string> Queries { get; } = [];

    /// <summary>Whether it answers as TiDB did up to 6.1.</summary>
    public bool IsOld { get; set; }

    /// <summary>What it answers instead of jobs; null answers jobs.</summary>
    public (int Status, string Body)? Instead { get; set; }

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Address => new Uri(_app.Urls.Single()).Authority;

    /// <summary>Starts it.</summary>
    /// <param name="tls">TLS files; null serves cleartext.</param>
    public static async Task<StatusPortDouble> StartAsync(ServerTls? tls = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenGrpcAndHttp(new IPEndPoint(IPAddress.Loopback, 0), tls));
        WebApplication app = builder.Build();
        var port = new StatusPortDouble(app);
        app.MapGet("/ddl/history", port.AnswerAsync);
        await app.StartAsync();
        return port;
    }

    public void Add(params IEnumerable<long> ids)
    {
        foreach (long id in ids)
        {
            Jobs[id] = Job(id);
        }
    }

    /// <summary>A job as the status port prints it.</summary>
    public static string Job(long id) => string.Create(
        CultureInfo.InvariantCulture,
        $"{{\n  \"id\": {id},\n  \"type\": 1,\n  \"state\": 6,\n  \"query\": \"create database `d {id}`\",\n  \"schema_id\": {id},\n  \"binlog\": {{\n   \"SchemaVersion\": {id},\n   \"DBInfo\": {{\n    \"id\": {id},\n    \"db_name\": {{\n     \"O\": \"d{id}\",\n     \"L\": \"d{id}\"\n    }},\n    \"state\": 5\n   }},\n   \"FinishedTS\": {id}\n  }}\n }}");

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        Queries.Add(context.Request.QueryString.Value ?? "");
        if (Instead is { } other)
        {
            context.Response.StatusCode = other.Status;
            return context.Response.WriteAsync(other.Body);
        }

        int limit = int.Parse(context.Request.Query["limit"].FirstOrDefault() ?? "0", CultureInfo.InvariantCulture);
        string? start = context.Request.Query["start_job_id"].FirstOrDefault();
        if (!IsOld && (limit > MostJobs || (start is not null && limit == 0)))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return context.Response.WriteAsync("ddl history limit must be greater than 0 and less than or equal to 1024");
        }

        IEnumerable<string> jobs = IsOld
            ? Jobs.Values.Skip(limit == 0 ? 0 : Math.Max(0, Jobs.Count - limit))
            : Jobs.Reverse().Where(job => start is null || job.Key <= long.Parse(start, CultureInfo.InvariantCulture)).Take(limit == 0 ? MostJobs : limit).Select(job => job.Value);
        return context.Response.WriteAsync("[\n " + string.Join(",\n ", jobs) + "\n]", Encoding.UTF8);
    }
}
