using Binlog.Service.Configuration;
using Binlog.Service.Downstream.Sqlite;
using Binlog.Service.Hosting;
using Microsoft.Data.Sqlite;

namespace Binlog.Service.Commands.Bench;

/// <summary>An SQLite file that the benchmark makes and removes.</summary>
internal sealed class SqliteBenchTarget : IBenchTarget
{
    private readonly string _file;

    /// <exception cref="StartFailedException">The file exists.</exception>
    public SqliteBenchTarget(string file)
    {
        if (File.Exists(file))
        {
            throw new StartFailedException($"{file} exists, and the benchmark removes its file at the end. Name a file that doesn't exist yet.");
        }

        _file = file;
    }

    /// <inheritdoc />
    public DownstreamOptions Options => new() { Type = DownstreamType.Sqlite, File = _file };

    /// <inheritdoc />
    public async Task<long> CountRowsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new SqliteConnection(ConnectionText);
            await connection.OpenAsync(cancellationToken);
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText = CountStatement;
            return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
        }
        catch (SqliteException exception)
        {
            throw new ServiceException($"The rows in {_file} can't be counted: {exception.Message}", exception);
        }
    }

    /// <inheritdoc />
    public async Task<INewestRow> OpenReaderAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(ConnectionText);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return new SqliteNewestRow(connection);
        }
        catch (SqliteException exception)
        {
            await connection.DisposeAsync();
            throw new ServiceException($"{_file} can't be read: {exception.Message}", exception);
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        foreach (string suffix in new[] { "", "-wal", "-shm", "-journal" })
        {
            File.Delete(_file + suffix);
        }

        return ValueTask.CompletedTask;
    }

    private string ConnectionText => new SqliteConnectionStringBuilder { DataSource = _file, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString();

    private static string CountStatement { get; } = $"SELECT COUNT(*) FROM {SqliteNames.Quote(SqliteNames.Of(BenchTable.Database, BenchTable.Table))}";
}
