using System.Globalization;
using Binlog.MySql;
using Binlog.Service.Downstream.MySql;

namespace Binlog.Service.Downstream.Outside;

/// <summary>The table of TiDB Binlog's Drainer: one row for each cluster, JSON in it. It is read, never changed. Source: tidb-binlog drainer/checkpoint/mysql.go.</summary>
internal static class OriginalTable
{
    /// <summary>Database and table, both in backticks.</summary>
    public static string Name(string database) => SqlText.Name(database, "checkpoint");

    /// <summary>Reads a cluster's row.</summary>
    public static string Select(string database, ulong clusterId) => string.Create(CultureInfo.InvariantCulture, $"SELECT `checkPoint` FROM {Name(database)} WHERE `clusterID`={clusterId}");

    /// <summary>Returns what stands there; null without such a table, or a row in it.</summary>
    /// <param name="connection">A connection to the server.</param>
    /// <param name="database">The table's database.</param>
    /// <param name="clusterId">The upstream cluster.</param>
    /// <param name="server">The server, for messages.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    /// <exception cref="MySqlException">The server refuses.</exception>
    /// <exception cref="TargetException">What stands there can't be read.</exception>
    public static async Task<OriginalCheckpoint?> FindAsync(MySqlConnection connection, string database, ulong clusterId, string server, CancellationToken cancellationToken)
    {
        try
        {
            string? json = await connection.QueryScalarAsync(Select(database, clusterId), cancellationToken).ConfigureAwait(false);
            return json is null ? null : OriginalCheckpoint.OfJson(json, $"{Name(database)} of {server}");
        }
        catch (MySqlException error) when (MySqlErrors.IsAbsent(error) || MySqlErrors.IsUnknownColumn(error))
        {
            return null;
        }
    }
}
