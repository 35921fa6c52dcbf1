using System.Text.Json;
using Binlog.MySql;
using Binlog.Service.Commands;
using Binlog.Service.Commands.ExplainLag;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Commands;
using Binlog.Service.Tests.Downstream.MySql;
using Binlog.Service.Tests.Hosting;
using Binlog.TestKit.Waiting;
using Binlog.TiDB;

namespace Binlog.Service.Tests.Drainer.Explaining;

/// <summary>A whole Drainer that applies to a real MariaDB, where somebody else locks the checkpoint's row.</summary>
public sealed class LagOnServerTests(MySqlTestServer server) : CommandLineTest, IClassFixture<MySqlTestServer>
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lag_RowIsLockedByAnother_NamesConnectionAndTableUntilItIsFree()
    {
        await using MySqlConnection other = await server.EmptyAsync();
        using var directory = new TemporaryDirectory();
        DrainerOptions drainer = HostRoles.Drainer(directory.Path) with
        {
            Downstream = new DownstreamOptions { Type = DownstreamType.MySql, Host = server.Server.Host, Port = server.Server.Port, User = "root", Password = new Secret(server.Server.RootPassword) },
            Relay = new RelayOptions { MaxBytes = 500, SegmentSizeBytes = 1 << 20 },
        };
        await using BinlogHost host = await HostRoles.StartAsync(directory.Path, "n1", HostRoles.Pump(), drainer);
        string address = host.Drainer!.Address.Address;
        await UntilAsync("the Drainer follows", host, reasons => reasons[0].Kind == "none" && host.Drainer.Progress.CommitTs > 0);

        await other.ExecuteAsync("BEGIN", Token);
        Assert.Single(await other.RowsAsync("SELECT commit_ts FROM tidb_binlog.binlogd_checkpoint FOR UPDATE"));
        string message = await UntilAsync("the lock is the main reason, and the relay log is full", host, reasons => reasons[0].Kind == "row-lock" && reasons.Any(reason => reason.Kind == "relay-full"));
        Assert.Matches(@"^The Drainer's connection \d+ has waited \d{1,3} s ", message);
        Assert.Contains("for the lock on a row of `tidb_binlog`.`binlogd_checkpoint`; connection ", message, StringComparison.Ordinal);
        Assert.Contains($"connection {other.Server.ConnectionId}, root@", message, StringComparison.Ordinal);
        Assert.Contains("(idle in its transaction)", message, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Ok, await Run(new VerbHandlers { ExplainLag = ExplainLagHandler.RunAsync }, Token, "explain-lag", "--drainer", address));
        Assert.StartsWith("Main reason: The Drainer's connection ", Output, StringComparison.Ordinal);
        Assert.Contains("Also: The relay log is full: ", Output, StringComparison.Ordinal);

        await other.ExecuteAsync("ROLLBACK", Token);
        await UntilAsync("nothing holds it any more", host, reasons => reasons[0].Kind == "none");
    }

    /// <summary>Lets time go on in the cluster, so that there is something to apply; returns the main reason's message once the reasons are as wanted.</summary>
    private static async Task<string> UntilAsync(string what, BinlogHost host, Func<IReadOnlyList<(string Kind, string Message)>, bool> isWanted)
    {
        string message = "";
        await Eventually.HoldsAsync(
            what,
            async () =>
            {
                await host.Cluster.Tso.ObserveAsync(Tso.FromDateTimeOffset(TimeProvider.System.GetUtcNow()).Value, Token);
                using JsonDocument lag = await HostRoles.GetAsync(host.Drainer!.Address.Address, "/lag");
                List<(string, string)> reasons = [.. lag.RootElement.GetProperty("reasons").EnumerateArray().Select(reason => (reason.GetProperty("kind").GetString()!, reason.GetProperty("message").GetString()!))];
                message = reasons[0].Item2;
                return isWanted(reasons);
            },
            Token);
        return message;
    }
}
