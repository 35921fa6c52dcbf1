using System.Text;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Sqlite;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Tests.Drainer.Schema;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;
using Microsoft.Data.Sqlite;

namespace Binlog.Service.Tests.Downstream.Sqlite;

/// <summary>A target in a temporary file, and a tracker that turns made-up jobs into schema changes.</summary>
internal sealed class SqliteFixture : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SchemaTracker _tracker = new();
    private ulong _commitTs = 100;
    private long _version;

    public SqliteFixture()
    {
        File = _folder.PathOf("target.db");
        Target = new SqliteTarget(File, 1);
    }

    public string File { get; }

    public SqliteTarget Target { get; }

    public Checkpoint Checkpoint => new(_commitTs, _version);

    public static async Task<SqliteFixture> OpenAsync()
    {
        var fixture = new SqliteFixture();
        await fixture.Target.OpenAsync(default);
        await fixture.ChangeAsync(Definitions.CreateDatabase(0, Definitions.Db1, "db1"));
        await fixture.ChangeAsync(Definitions.CreateDatabase(0, Definitions.Db2, "db2"));
        return fixture;
    }

    /// <summary>Applies a job under the next version; on failure the tracker is ahead of the file.</summary>
    public async Task ChangeAsync(DdlJob job)
    {
        DdlJob numbered = job with { Binlog = job.Binlog with { SchemaVersion = _version + 1 } };
        TrackedChange change = _tracker.Apply(numbered)!;
        var checkpoint = new Checkpoint(_commitTs + 1, _version + 1);
        await Target.ApplySchemaChangeAsync(
            new SchemaChange
            {
                CommitTs = checkpoint.CommitTs, Job = numbered, Query = job.Query, SchemaName = change.SchemaName,
                Database = change.Database, Before = change.Before, After = change.After, Tables = change.Tables,
            },
            checkpoint,
            default);
        (_commitTs, _version) = (checkpoint.CommitTs, checkpoint.SchemaVersion);
    }

    public Task AlterAsync(DdlActionType type, TableInfo table, long schemaId = Definitions.Db1) =>
        ChangeAsync(Definitions.Job(0, type, schemaId, table.Id, table));

    public TableSchema Table(long id) => _tracker.Find(id)!;

    public async Task ApplyAsync(params (RowChangeKind Kind, long TableId, object?[]? Old, object?[]? New)[] rows)
    {
        var batch = new ChangeBatch { Transactions = 1 };
        foreach ((RowChangeKind kind, long tableId, object?[]? old, object?[]? updated) in rows)
        {
            TableSchema table = Table(tableId);
            batch.AddRow(new RowChange(table, kind, Add(batch, table, old), Add(batch, table, updated), _commitTs + 1));
        }

        await Target.ApplyAsync(batch, new Checkpoint(_commitTs + 1, _version), default);
        _commitTs++;
    }

    public Task InsertAsync(long tableId, params object?[] values) => ApplyAsync((RowChangeKind.Insert, tableId, null, values));

    /// <summary>The rows that a query gives, in SQLite's own notation of values.</summary>
    public List<string> Query(string sql)
    {
        using SqliteDatabase database = SqliteDatabase.Open(File, SqliteOpenMode.ReadOnly, TimeSpan.FromSeconds(5));
        using SqliteStatement statement = database.Prepare(sql);
        var rows = new List<string>();
        while (statement.Step())
        {
            rows.Add(string.Join("|", Enumerable.Range(0, statement.ColumnCount).Select(column => statement.IsNull(column) ? "NULL" : statement.Text(column))));
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        await Target.DisposeAsync();
        _folder.Dispose();
    }

    private static int Add(ChangeBatch batch, TableSchema table, object?[]? values)
    {
        if (values is null)
        {
            return -1;
        }

        int first = batch.AddValues(table.Columns.Length);
        for (int index = 0; index < values.Length; index++)
        {
            Datum value = ToDatum(batch, values[index], table.Columns[index].Type);
            batch.Values(first, table.Columns.Length)[index] = value;
        }

        return first;
    }

    private static Datum ToDatum(ChangeBatch batch, object? value, FieldType type) => value switch
    {
        null => Datum.Null,
        DBNull => Datum.Missing,
        int number when type.IsUnsigned || type.Tp == ColumnType.Enum => Datum.FromUInt64((ulong)number),
        int number => Datum.FromInt64(number),
        ulong number => Datum.FromUInt64(number),
        double number => Datum.FromDouble(number),
        byte[] bytes => Datum.FromRange(DatumKind.Bytes, batch.AddSource(bytes), bytes.Length),
        string text when type.IsPackedTime => Datum.FromUInt64(PackedTime.Parse(Encoding.ASCII.GetBytes(text)).Value),
        string text when type.Tp == ColumnType.NewDecimal => ToDecimal(batch, text, type),
        string text => Datum.FromRange(DatumKind.Bytes, batch.AddSource(Encoding.UTF8.GetBytes(text)), Encoding.UTF8.GetByteCount(text)),
        _ => throw new ArgumentException($"{value}", nameof(value)),
    };

    private static Datum ToDecimal(ChangeBatch batch, string text, FieldType type)
    {
        var encoded = new System.Buffers.ArrayBufferWriter<byte>();
        BinaryDecimal.Encode(Encoding.ASCII.GetBytes(text), (int)type.Length, type.Decimals, encoded);
        return Datum.FromRange(DatumKind.Decimal, batch.AddSource(encoded.WrittenSpan), encoded.WrittenCount);
    }
}
