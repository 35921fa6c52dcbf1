using System.Net;
using System.Net.Sockets;
using Binlog.MySql;
using Binlog.Service.Configuration;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Hosting;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>What users see when something is wrong around the processes, and that nothing is lost meanwhile.</summary>
[Collection(ProcessCluster.Collection)]
public sealed class FailureTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Drainer_WrongPassword_EndsWithOneClearLine()
    {
        Capability.RequireMariaDb();
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server) with { Password = new Secret("not-this-one") });
        cluster.Start(cluster.Pumps[0]);
        BinlogdProcess drainer = cluster.Start(ProcessCluster.Drainer);

        (int exitCode, string output) = await drainer.WaitAsync(Patience);
        Assert.Equal(ExitCode.Failed, exitCode);
        Assert.Empty(output);
        string line = Assert.Single(drainer.FatalLines);
        Assert.Contains($"127.0.0.1:{server.Port}", line, StringComparison.Ordinal);
        Assert.Contains("1045", line, StringComparison.Ordinal);
        Assert.Contains("Check user and password", line, StringComparison.Ordinal);
        Assert.DoesNotContain("not-this-one", drainer.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drainer_TargetVanishes_SaysSoAndGoesOnWhenItIsBack()
    {
        Capability.RequireMariaDb();
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server));
        cluster.StartAll();
        using BinlogdProcess replay = cluster.Replay("--rate", "2000");
        await DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.LastTs > 0, Patience, cluster.Describe);
        server.Kill();

        DrainerStatus without = await DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.ErrMsg.Contains("MySQL", StringComparison.Ordinal), Patience, cluster.Describe);
        Assert.Contains($"127.0.0.1:{server.Port}", without.ErrMsg, StringComparison.Ordinal);
        Assert.False(cluster[ProcessCluster.Drainer].HasExited);
        await server.StartAgainAsync(Token);
        Assert.Equal(ExitCode.Ok, (await replay.WaitAsync(Patience)).ExitCode);

        await cluster.WaitUntilAllIsWellAsync(Patience);
        await cluster.AssertEqualAsync();
    }

    [Fact]
    public async Task Drainer_RowsRemovedByHand_EndsAndNamesTheRow()
    {
        Capability.RequireMariaDb();
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server));
        cluster.StartAll();
        using BinlogdProcess replay = cluster.Replay("--rate", "1500");
        ulong[] commits = [.. ProcessCluster.Recording.Binlogs.Select(binlog => binlog.Header.CommitTs).Order()];
        await DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.LastTs >= commits[commits.Length * 5 / 8], Patience, cluster.Describe);
        await RemoveEveryRowAsync(TargetFactory.ConnectionOptions(cluster.Downstream));

        (int exitCode, _) = await cluster[ProcessCluster.Drainer].WaitAsync(Patience);
        Assert.Equal(ExitCode.Failed, exitCode);
        string line = Assert.Single(cluster[ProcessCluster.Drainer].FatalLines);
        Assert.Matches("(update|delete) of `.+`\\.`.+`, commit TS [0-9]+, .*matched 0 rows|matched [0-9]+ rows; expected [0-9]+", line);
        Assert.Contains("The target differs from the upstream", line, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pump1")]
    [InlineData("drainer")]
    public async Task Run_PortInUse_EndsAndNamesIt(string name)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        using var cluster = new ProcessCluster(ProcessCluster.File);
        cluster.Extra[name] = [$"--{(name == ProcessCluster.Drainer ? name : "pump")}:listen=127.0.0.1:{port}"];
        BinlogdProcess process = cluster.Start(name);

        (int exitCode, _) = await process.WaitAsync(Patience);
        Assert.Equal(ExitCode.StartFailed, exitCode);
        string line = Assert.Single(process.FatalLines);
        Assert.Contains($"listen is 127.0.0.1:{port}", line, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SecondProcessOnTheDataDirectory_EndsAndNamesTheFirst()
    {
        using var cluster = new ProcessCluster(ProcessCluster.File);
        cluster.StartAll();
        await DrainerStatus.WaitForAsync(cluster.DrainerPort, _ => true, Patience, cluster.Describe);
        using BinlogdProcess second = BinlogdProcess.Start("run", $"--dataDir={cluster.DataOf("pump1")}", "--pump:listen=127.0.0.1:0");

        (int exitCode, _) = await second.WaitAsync(Patience);
        Assert.Equal(ExitCode.StartFailed, exitCode);
        string line = Assert.Single(second.FatalLines);
        Assert.Contains($"uses the data directory {cluster.DataOf("pump1")}", line, StringComparison.Ordinal);
        Assert.Matches("pid [0-9]+", line);
        Assert.False(cluster["pump1"].HasExited);
    }

    [Fact]
    public async Task Drainer_DiskOfTheRelayLogIsFull_SaysSoAndGoesOnWhenThereIsSpace()
    {
        using var cluster = new ProcessCluster(ProcessCluster.File);
        using SmallDisk disk = SmallDisk.Mount(cluster.DataOf(ProcessCluster.Drainer));
        disk.Fill(leave: 300_000);
        cluster.StartAll();
        using BinlogdProcess replay = cluster.Replay();

        await DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.ErrMsg.Contains("disk is full", StringComparison.Ordinal), Patience, cluster.Describe);
        Assert.False(cluster[ProcessCluster.Drainer].HasExited);
        disk.Free();
        Assert.Equal(ExitCode.Ok, (await replay.WaitAsync(Patience)).ExitCode);

        await cluster.WaitUntilAllIsWellAsync(Patience);
        await cluster.AssertEqualAsync();
    }

    [Fact]
    public async Task Pump_DiskIsFull_AcknowledgesNothingThatIsLostAndGoesOnWhenThereIsSpace()
    {
        using var cluster = new ProcessCluster(ProcessCluster.File);
        using SmallDisk disk = SmallDisk.Mount(cluster.DataOf("pump2"));
        disk.Fill(leave: 300_000);
        cluster.StartAll();
        using BinlogdProcess replay = cluster.Replay("--timeout", "5m");
        while (!cluster["pump2"].Errors.Contains("The disk is full", StringComparison.Ordinal))
        {
            Assert.False(replay.HasExited, replay.Errors);
            await Task.Delay(50, Token);
        }

        Assert.False(cluster["pump2"].HasExited);
        disk.Free();
        Assert.Equal(ExitCode.Ok, (await replay.WaitAsync(Patience)).ExitCode);

        await cluster.WaitForAllAsync(Patience);
        await cluster.AssertEqualAsync();
    }

    private static async Task RemoveEveryRowAsync(MySqlConnectionOptions options)
    {
        await using MySqlConnection connection = await MySqlConnection.OpenAsync(options, Token);
        var tables = new List<string>();
        await using (MySqlRowReader rows = await connection.QueryAsync(
            "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE='BASE TABLE' AND TABLE_SCHEMA NOT IN ('mysql','sys','information_schema','performance_schema','tidb_binlog')", Token))
        {
            while (await rows.ReadAsync(Token))
            {
                tables.Add(SqlText.Name(rows.GetString(0)!, rows.GetString(1)!));
            }
        }

        await connection.ExecuteAsync("SET SESSION foreign_key_checks=0", Token);
        foreach (string table in tables)
        {
            try
            {
                await connection.ExecuteAsync($"DELETE FROM {table}", Token);
            }
            catch (MySqlException error) when (!error.IsConnectionLost)
            {
                // The Drainer was faster: the table is gone, or is being changed. There are others.
                continue;
            }
        }
    }
}
