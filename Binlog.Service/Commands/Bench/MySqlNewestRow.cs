using System.Globalization;
using Binlog.MySql;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>Reads a server's newest row; each statement is a transaction of its own.</summary>
internal sealed class MySqlNewestRow(MySqlConnection connection, string name) : INewestRow
{
    private const string Statement = $"SELECT MAX(`id`) FROM `{BenchTable.Database}`.`{BenchTable.Table}`";

    /// <inheritdoc />
    public async ValueTask<long> ReadIdAsync(CancellationToken cancellationToken)
    {
        try
        {
            return long.TryParse(await connection.QueryScalarAsync(Statement, cancellationToken), NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : 0;
        }
        catch (MySqlException exception)
        {
            throw new ServiceException($"The newest row in the target {name} can't be read: {exception.Message}", exception);
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
