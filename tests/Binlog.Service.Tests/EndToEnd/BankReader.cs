using Binlog.MySql;
using Binlog.Service.Tests.Downstream.MySql.History;
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
        await ServerLook.RepeatAsync(
            () => ConnectAsync(server),
            async connection =>
            {
                if (await ledger.LookAsync(connection) is { } transfers)
                {
                    seen.Add(transfers);
                }
            },
            done);
        return seen.Count;
    }
}
