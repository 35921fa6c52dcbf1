using Binlog.Service.Downstream.Sqlite;
using Binlog.Service.Hosting;
using Microsoft.Data.Sqlite;

namespace Binlog.Service.Commands.Bench;

/// <summary>Reads a file's newest row.</summary>
internal sealed class SqliteNewestRow : INewestRow
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _command;

    public SqliteNewestRow(SqliteConnection connection)
    {
        _connection = connection;
        _command = connection.CreateCommand();
        _command.CommandText = $"SELECT MAX({SqliteNames.Quote("id")}) FROM {SqliteNames.Quote(SqliteNames.Of(BenchTable.Database, BenchTable.Table))}";
    }

    /// <inheritdoc />
    public async ValueTask<long> ReadIdAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _command.ExecuteScalarAsync(cancellationToken) is long id ? id : 0;
        }
        catch (SqliteException exception)
        {
            throw new ServiceException($"The newest row in {_connection.DataSource} can't be read: {exception.Message}", exception);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _command.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
