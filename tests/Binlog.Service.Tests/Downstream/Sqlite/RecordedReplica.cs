using Binlog.Service.Downstream.Sqlite;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Tests.Drainer;

namespace Binlog.Service.Tests.Downstream.Sqlite;

/// <summary>A file that holds the whole recording, made once for several tests.</summary>
public sealed class RecordedReplica : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    public string File => _folder.PathOf("target.db");

    public async ValueTask InitializeAsync()
    {
        using var history = new FileSchemaHistory(RecordedStream.PathOf("ddl_history_jobs.jsonl.gz"));
        await using Replica replica = await Replica.OpenAsync(new SqliteTarget(File, 1), history);
        await replica.ApplyAsync(RecordedStream.Payloads);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
