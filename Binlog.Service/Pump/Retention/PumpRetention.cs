using System.Text.Json;
using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting.Http;
using Binlog.Service.Pump.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Retention;

/// <summary>A Pump's retention, running: what others see of it, and its end.</summary>
internal sealed class PumpRetention : IAsyncDisposable
{
    private readonly IRetainedStore _store;
    private readonly RetentionOptions _options;
    private readonly TimeSpan _heldOrderWarning;
    private readonly TimeProvider _time;
    private readonly DiskSpaceGuard _guard;
    private readonly DiskWatch _disk;
    private readonly DrainerWatch _drainers;
    private readonly RetentionPass _pass;
    private readonly RetentionLoop _loop;

    private PumpRetention(IRetainedStore store, INodeRegistry registry, PumpOptions options, string directory, DiskSpaceGuard guard, TimeProvider time, ILogger logger)
    {
        _store = store;
        _options = options.Retention;
        _heldOrderWarning = options.HeldOrderWarning;
        _time = time;
        _guard = guard;
        var watermarks = new DiskWatermarks(_options.WarnAtAvailableSpaceBytes, options.StopWriteAtAvailableSpaceBytes);
        _disk = new DiskWatch(directory, watermarks, logger, DiskSpace.Measure);
        _drainers = new DrainerWatch(registry, time, logger);
        _pass = new RetentionPass(store, _drainers, _options, time, logger);
        _loop = new RetentionLoop(store, _disk, _drainers, _pass, _options, time, logger);
    }

    /// <summary>What a Pump's port answers about retention.</summary>
    public IReadOnlyList<HttpEndpoint> Endpoints =>
    [
        HttpEndpoint.Get("/retention", AnswerStatusAsync),
        HttpEndpoint.Post("/debug/gc/trigger", TriggerAsync),
    ];

    /// <summary>How things stand. Numbers of the store are of this moment, the disk's at most 3 s old, the Drainers' at most 10 s.</summary>
    public RetentionStatus Status
    {
        get
        {
            PassOutcome? last = _pass.Last;
            return new RetentionStatus
            {
                Bytes = _store.Bytes,
                OldestCommitTs = _store.OldestCommitTs,
                MaxCommitTs = _store.MaxCommitTs,
                Held = _store.Held is { } held && _time.GetUtcNow() - held.Since >= _heldOrderWarning ? held : null,
                WantedCommitTs = Math.Max(last?.Plan.WantedCommitTs ?? 0, _store.OldestCommitTs),
                Limits = _options,
                Disk = _disk.Latest,
                RefusedWrites = _guard.RefusedWrites,
                Growth = _loop.Growth,
                Drainers = _loop.Lags,
                DrainersFailure = _drainers.Latest.Failure,
                EndangeredCounts = _loop.Endangered,
                Counts = _pass.Counts,
                LastPass = last,
            };
        }
    }

    /// <summary>Begins to watch, and to remove.</summary>
    /// <param name="store">What is kept.</param>
    /// <param name="registry">Says how far the Drainers are.</param>
    /// <param name="options">Limits and watermarks.</param>
    /// <param name="directory">The store's directory, whose disk counts.</param>
    /// <param name="guard">Refuses writes at the hard watermark.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Where warnings go.</param>
    public static PumpRetention Start(IRetainedStore store, INodeRegistry registry, PumpOptions options, string directory, DiskSpaceGuard guard, TimeProvider time, ILogger logger)
    {
        var retention = new PumpRetention(store, registry, options, directory, guard, time, logger);
        retention._loop.Start();
        return retention;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task AnswerStatusAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        RetentionJson.Write(writer, Status);
    }

    /// <summary>The texts are the original's. Source: tidb-binlog pump/server.go, TriggerGC.</summary>
    private Task TriggerAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(_loop.TryTrigger() ? "trigger gc success\n" : "gc is working\n");
    }
}
