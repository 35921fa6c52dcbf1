using Binlog.MySql;
using Binlog.Service.Tests.Drainer.Applying;
using Binlog.TestKit.MariaDb;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>Reads the accounts of a <see cref="BankLedger"/> while something replicates into them.</summary>
internal static class BankReader
{
    public static Task<MySqlConnection> ConnectAsync(MariaDbServer server) =>
        MySqlConnection.OpenAsync(new MySqlConnectionOptions { Host = server.Host, Port = server.Port, User = "root", Password = server.RootPassword }, default);

    /// <summary>Looks until told to stop, and returns how many states it saw; a server that is away is tried again. Fails when one is no prefix of the ledger.</summary>
    public static async Task<int> LookAsync(MariaDbServer server, BankLedger ledger, CancellationToken done)
    {
        var seen = new HashSet<int>();
        while (!done.IsCancellationRequested)
        {
            try
            {
                await using MySqlConnection connection = await ConnectAsync(server);
                while (!done.IsCancellationRequested)
                {
                    if (await ledger.LookAsync(connection) is { } transfers)
                    {
                        seen.Add(transfers);
                    }
                }
            }
            catch (MySqlException error) when (error.IsConnectionLost || error.IsTransient)
            {
                // The server was killed.
                await Task.Delay(20, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return seen.Count;
    }
}
