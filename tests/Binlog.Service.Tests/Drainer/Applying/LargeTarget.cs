using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Downstream.Sqlite;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Tests.Downstream.MySql;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>A real target that <see cref="KeyedTable"/> is applied to.</summary>
internal sealed class LargeTarget : IAsyncDisposable
{
    private readonly TemporaryDirectory _files = new();
    private readonly MySqlTestServer? _server;
    private readonly MySqlConnection? _look;

    private LargeTarget(MySqlTestServer? server, MySqlConnection? look)
    {
        _server = server;
        _look = look;
    }

    public string File => _files.Combine("target.db");

    /// <summary>Runs before rows are executed.</summary>
    public Func<Task> BeforeExecute { get; set; } = () => Task.CompletedTask;

    /// <summary>How far applying is, of the newest run.</summary>
    public ApplyProgress Progress { get; private set; } = new();

    public static LargeTarget Sqlite() => new(null, null);

    public static async Task<LargeTarget> MySqlAsync(MySqlTestServer server) => new(server, await server.EmptyAsync());

    /// <summary>The one or the other.</summary>
    public static async Task<LargeTarget> OfAsync(string kind, MySqlTestServer server) => kind == "sqlite" ? Sqlite() : await MySqlAsync(server);

    /// <summary>Applies the relay log to its end.</summary>
    public async Task ApplyAsync(KeyedTable table, ApplyLimits limits, CancellationToken cancellationToken)
    {
        Progress = new ApplyProgress();
        await using var applier = new Applier(Create, table.Relay, table.History, limits, Progress, TimeProvider.System, NullLogger.Instance);
        if (await applier.ReadCheckpointAsync(cancellationToken) is null)
        {
            await applier.WriteFirstCheckpointAsync(new Checkpoint(0, 0), 0, cancellationToken);
        }

        await applier.RunToEndAsync(cancellationToken);
    }

    /// <summary>Rows of the table: id, u and v, by id.</summary>
    public async Task<List<string>> RowsAsync(string where = "TRUE")
    {
        if (_look is not null)
        {
            return await _look.RowsAsync($"SELECT id, u, v FROM large.t WHERE {where} ORDER BY id");
        }

        var rows = new List<string>();
        using SqliteDatabase database = SqliteDatabase.Open(File, SqliteOpenMode.ReadOnly, TimeSpan.FromSeconds(5));
        using SqliteStatement statement = database.Prepare($"SELECT id, u, v FROM \"large.t\" WHERE {where} ORDER BY id");
        while (statement.Step())
        {
            rows.Add($"{statement.Integer(0)}|{statement.Integer(1)}|{(statement.IsNull(2) ? "∅" : statement.Text(2))}");
        }

        return rows;
    }

    /// <summary>Changes the target as somebody else would.</summary>
    public async Task ExecuteAsync(string mySql, string sqlite)
    {
        if (_look is not null)
        {
            await _look.ExecuteAsync(mySql, default);
            return;
        }

        using SqliteDatabase database = SqliteDatabase.Open(File, SqliteOpenMode.ReadWrite, TimeSpan.FromSeconds(5));
        database.Execute(sqlite);
    }

    public async ValueTask DisposeAsync()
    {
        if (_look is not null)
        {
            await _look.DisposeAsync();
        }

        _files.Dispose();
    }

    private GatedTarget Create() => new GatedTarget(_server is null ? new SqliteTarget(File, 1) : new MySqlTarget(_server.Options()), BeforeExecute);
}
