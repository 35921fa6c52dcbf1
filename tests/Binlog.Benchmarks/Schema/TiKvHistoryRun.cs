using System.Diagnostics;
using System.Globalization;
using System.Text;
using Binlog.Cluster.Connecting;
using Binlog.Cluster.TiKv;
using Binlog.ClusterKit.Regions;
using Binlog.ClusterKit.TiKv;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Schema.Storing;
using Binlog.TiDB.Keys;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Benchmarks.Schema;

/// <summary>
/// Reads a DDL history of many jobs from a double of TiKV in the same process, whose values are made when they are read, and builds the schema from it. One run,
/// because it takes seconds: <c>tikv-history JOBS BYTES</c>. What the double costs is part of the time.
/// </summary>
internal static class TiKvHistoryRun
{
    public static async Task RunAsync(int jobs, int bytes, TextWriter output)
    {
        await using var servers = new TiKvDouble(new RegionTable());
        await servers.AddStoreAsync();
        var tso = new ClockTso(TimeProvider.System);
        ulong startTs = tso.At(-1000);
        string filler = new('x', Math.Max(0, bytes - Encoding.UTF8.GetByteCount(Job(jobs, ""))));
        for (int job = 1; job <= jobs; job++)
        {
            long id = job;
            servers.Data.PutLazily(MetaKey.ForDdlJob(job), () => Encoding.UTF8.GetBytes(Job(id, filler)), startTs, startTs + 1);
        }

        string directory = Directory.CreateTempSubdirectory("binlog-bench-").FullName;
        using var channels = new ServerChannels(null, TimeProvider.System);
        var client = new TiKvClient(new TableRegionSource(servers.Regions), tso, channels, TimeProvider.System);
        var source = new TiKvJobSource(client, tso);
        GC.Collect();
        using var stop = new CancellationTokenSource();
        Task<long> watching = PeakMemory.WatchAsync(stop.Token);
        string first = await StartAsync("first start", directory, source, jobs);
        string later = await StartAsync("later start", directory, source, jobs);
        await stop.CancelAsync();
        long heap = await watching;
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{jobs} jobs of {bytes} bytes; {first}; {later}; GC heap at most {heap >> 20} MiB, process at most {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB"));
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>What a Drainer does before it can apply: reads what it lacks, and builds the newest schema.</summary>
    private static async Task<string> StartAsync(string name, string directory, TiKvJobSource source, int jobs)
    {
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long begun = TimeProvider.System.GetTimestamp();
        JobStore store = await JobStore.OpenOrBeginAsync(directory, 1, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
        await using var history = new StoredSchemaHistory(store, source, TimeProvider.System, NullLogger.Instance);
        SchemaTracker tracker = await SchemaTracker.ReplayAsync(history, jobs, CancellationToken.None);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name} up to version {tracker.Version} in {TimeProvider.System.GetElapsedTime(begun).TotalSeconds:0.0} s ({(Environment.CpuUsage.TotalTime - cpu).TotalSeconds:0.0} s of CPU)");
    }

    // A table of eight columns; every fifth job makes one, the others change its comment, as histories are.
    private static string Job(long job, string filler)
    {
        long table = (job - 1) / 5;
        string columns = string.Join(',', Enumerable.Range(1, 8).Select(column =>
            $$$"""{"id":{{{column}}},"name":{"O":"c{{{column}}}","L":"c{{{column}}}"},"offset":{{{column - 1}}},"origin_default":null,"default":null,"type":{"Tp":3,"Flag":0,"Flen":11,"Decimal":0,"Charset":"binary","Collate":"binary","Elems":null},"state":5,"comment":""}"""));
        return $$$"""{"id":{{{job}}},"type":{{{((job - 1) % 5 == 0 ? 3 : 17)}}},"schema_id":1,"table_id":{{{table + 1000}}},"state":6,"query":"alter table t comment '{{{filler}}}'","binlog":{"SchemaVersion":{{{job}}},"DBInfo":null,"TableInfo":{"id":{{{table + 1000}}},"name":{"O":"t{{{table}}}","L":"t{{{table}}}"},"cols":[{{{columns}}}],"index_info":null,"state":5,"comment":""},"FinishedTS":{{{job}}}},"version":1}""";
    }
}
