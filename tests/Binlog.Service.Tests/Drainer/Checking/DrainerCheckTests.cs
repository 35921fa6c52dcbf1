using Binlog.MySql;
using Binlog.Service.Configuration;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Drainer.Checking;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Cluster;
using Binlog.Service.Tests.Downstream.MySql;
using Binlog.Service.Tests.Hosting;
using Binlog.TestKit.Capabilities;

namespace Binlog.Service.Tests.Drainer.Checking;

/// <summary>The check with the recording's schema history, of a MariaDB with unusual settings.</summary>
public sealed class DrainerCheckTests(MySqlTestServer server) : IClassFixture<MySqlTestServer>, IDisposable
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Run_EmptyServer_HasNoErrorAndStaysEmpty()
    {
        await using MySqlConnection look = await server.EmptyAsync();

        IReadOnlyList<Finding> findings = await RunAsync();

        Assert.DoesNotContain(findings, finding => finding.Level == FindingLevel.Error);
        Assert.Equal(
            ["relay disk", "schema history", "keys", "keys", "connection", "TLS", "version", "charset", "sql_mode", "time zone", "packet size", "durability", "privileges", "checkpoint", "tables", "registry"],
            findings.Select(finding => finding.Check));
        Assert.Contains("innodb_flush_log_at_trx_commit is 2", Assert.Single(findings, finding => finding is { Level: FindingLevel.Warning, Check: "durability" }).Found, StringComparison.Ordinal);
        Assert.Contains("`db1`.`t_nopk`", Assert.Single(findings, finding => finding is { Level: FindingLevel.Warning, Check: "keys" }).Where, StringComparison.Ordinal);
        Assert.Empty(await look.RowsAsync("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('mysql','sys','information_schema','performance_schema')"));
        Assert.DoesNotContain(findings, finding => finding.ToString().Contains(server.Server.RootPassword, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_UserWithTooFewPrivileges_NamesThemAndTheStatementThatGrantsThem()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await look.ExecuteAsync("CREATE OR REPLACE USER few IDENTIFIED BY 'p'", Token);
        await look.ExecuteAsync("GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, REFERENCES, CREATE VIEW ON *.* TO few", Token);
        await look.ExecuteAsync("GRANT DROP ON `db1`.* TO few", Token);

        IReadOnlyList<Finding> findings = await RunAsync(target => target with { User = "few", Password = new Secret("p") });
        List<Finding> errors = [.. findings.Where(finding => finding.Level == FindingLevel.Error)];
        Assert.All(errors, error => Assert.Equal("privileges", error.Check));
        Assert.Contains(errors, error => error.Found == "few lacks DROP." && error.Remedy == "GRANT DROP ON `db2`.* TO few");
        Assert.DoesNotContain(errors, error => error.Where.StartsWith("`db1`", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding.Level == FindingLevel.Note && finding.Remedy == "GRANT PROCESS ON *.* TO few");

        foreach (string grant in errors.Select(error => error.Remedy!))
        {
            await look.ExecuteAsync(grant, Token);
        }

        Assert.DoesNotContain(await RunAsync(target => target with { User = "few", Password = new Secret("p") }), finding => finding.Level == FindingLevel.Error);
    }

    [Theory]
    [InlineData("wrong", 0, "connection", "Correct drainer.downstream.user and password")]
    [InlineData(null, 1, "connection", "Check that the server runs")]
    public async Task Run_ServerRefusesOrIsAway_SaysWhatToDo(string? password, int portDifference, string check, string remedy)
    {
        await using MySqlConnection look = await server.EmptyAsync();

        IReadOnlyList<Finding> findings = await RunAsync(target => target with
        {
            Password = password is null ? target.Password : new Secret(password),
            Port = portDifference == 0 ? target.Port : FreePort.Take(),
        });
        Finding error = Assert.Single(findings, finding => finding.Level == FindingLevel.Error);

        Assert.Equal(check, error.Check);
        Assert.StartsWith(remedy, error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_TableThatTheUpstreamCreatesLater_IsAClash()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await look.ExecuteAsync("CREATE DATABASE db1", Token);
        await look.ExecuteAsync("CREATE TABLE db1.t_int (id int)", Token);

        Finding error = Assert.Single(await RunAsync(), finding => finding.Level == FindingLevel.Error);

        Assert.Equal(("tables", "`db1`.`t_int`"), (error.Check, error.Where));
        Assert.StartsWith("Empty the target", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Checkpoint_IsNamedAndTablesThatItImpliesAreMissed()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using (var target = new MySqlTarget(server.Options(HostRoles.ClusterId)))
        {
            await target.OpenAsync(Token);
            await target.ApplyAsync(new ChangeBatch(), new Checkpoint(470606479705000000, 20), Token);

            Finding held = Assert.Single(await RunAsync(), finding => finding.Found.StartsWith("A Drainer of this cluster runs already", StringComparison.Ordinal));
            Assert.Equal(FindingLevel.Warning, held.Level);
        }

        await Eventually(async () => !(await RunAsync()).Any(finding => finding.Found.StartsWith("A Drainer of this cluster", StringComparison.Ordinal)));
        IReadOnlyList<Finding> findings = await RunAsync();
        Assert.Contains(findings, finding => finding.Found == "Replication goes on after commit TS 470606479705000000, schema version 20 (format 3).");
        Finding error = Assert.Single(findings, finding => finding.Level == FindingLevel.Error);
        Assert.Equal(("tables", "`ignored_db`.`t`"), (error.Check, error.Where));
        Assert.Equal("Restore the target: what its checkpoint says is not in it.", error.Remedy);

        await look.ExecuteAsync("UPDATE tidb_binlog.binlogd_checkpoint SET format_version=4", Token);
        Assert.Contains(await RunAsync(), finding => finding is { Level: FindingLevel.Error, Check: "checkpoint" } && finding.Found == "Its format is 4; this program knows 1 to 3.");
    }

    [Fact]
    public async Task Run_CheckpointOfTheOriginal_SaysWhereToBegin()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await look.ExecuteAsync("CREATE DATABASE tidb_binlog", Token);
        await look.ExecuteAsync("CREATE TABLE tidb_binlog.checkpoint (clusterID bigint unsigned primary key, checkPoint mediumtext) CHARACTER SET utf8mb4", Token);
        await look.ExecuteAsync($$"""INSERT INTO tidb_binlog.checkpoint VALUES ({{HostRoles.ClusterId}}, '{"consistent":true,"commitTS":470606479705000000}')""", Token);

        Assert.Contains(await RunAsync(), finding => finding is { Level: FindingLevel.Note, Check: "checkpoint", Found: var found } && found.Contains("at commit TS 470606479705000000; the first start goes on from it.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_SmallPacketAndReadOnly_AreFound()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await look.ExecuteAsync("CREATE OR REPLACE USER writer IDENTIFIED BY 'p'", Token);
        await look.ExecuteAsync("GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, CREATE VIEW, PROCESS ON *.* TO writer", Token);
        await look.ExecuteAsync("SET GLOBAL max_allowed_packet=524288, GLOBAL read_only=1", Token);
        try
        {
            IReadOnlyList<Finding> findings = await RunAsync(target => target with { User = "writer", Password = new Secret("p") });
            Assert.Equal(
                [("packet size", "max_allowed_packet is 524288 bytes: ordinary rows don't fit, and replication stops at the first that doesn't."), ("privileges", "The server is read-only.")],
                findings.Where(finding => finding.Level == FindingLevel.Error).Select(finding => (finding.Check, finding.Found)));
        }
        finally
        {
            await look.ExecuteAsync("SET GLOBAL max_allowed_packet=268435456, GLOBAL read_only=0", Token);
        }
    }

    [Fact]
    public async Task Run_RegistryAndPumps_AreAsked()
    {
        using var pumpDirectory = new TemporaryDirectory();
        await using BinlogHost pump = await HostRoles.StartAsync(pumpDirectory.Path, "pump1", HostRoles.Pump());
        Assert.True(HostPort.TryParse(pump.Pump!.Address.Address, out HostPort address, out _));

        IReadOnlyList<Finding> findings = await RunSqliteAsync(address);
        Assert.Equal(
            [("registry", $"{address}", "It answers and knows 1 Pumps that aren't offline."), ("Pump", $"pump1 at {address}", "It serves what comes after commit TS 0.")],
            findings.TakeLast(2).Select(finding => (finding.Check, finding.Where, finding.Found)));

        var away = new HostPort("127.0.0.1", FreePort.Take());
        Finding error = Assert.Single(await RunSqliteAsync(away), finding => finding.Level == FindingLevel.Error);
        Assert.Equal(("registry", $"{away}"), (error.Check, error.Where));
    }

    [Fact]
    public async Task Run_SqliteFileOfAnotherProgram_IsAnError()
    {
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_directory.Combine("target.db")};Pooling=False"))
        {
            await connection.OpenAsync(Token);
            await using Microsoft.Data.Sqlite.SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 77";
            await command.ExecuteNonQueryAsync(Token);
        }

        Finding error = Assert.Single(await RunSqliteAsync(null), finding => finding.Level == FindingLevel.Error);

        Assert.Equal("The file belongs to another program (user_version 77).", error.Found);
    }

    [Fact]
    public async Task Run_HistoryDamaged_NamesTheLine()
    {
        _directory.Write("history.jsonl", "{\n");

        Finding error = Assert.Single(
            await DrainerCheck.RunAsync(Host(null), HostRoles.Drainer(_directory.Path), TimeProvider.System, Token),
            finding => finding.Level == FindingLevel.Error);

        Assert.Equal(("schema history", _directory.Combine("history.jsonl")), (error.Check, error.Where));
    }

    private static Task Eventually(Func<Task<bool>> condition) => TestKit.Waiting.Eventually.HoldsAsync("the server has given the lock back", condition, Token);

    private Task<IReadOnlyList<Finding>> RunSqliteAsync(HostPort? join) =>
        DrainerCheck.RunAsync(Host(join), HostRoles.Drainer(_directory.Path), TimeProvider.System, Token);

    [Fact]
    public async Task Run_CheckpointInAFile_LooksThereAndNamesTablesWithoutAKey()
    {
        await using MySqlConnection look = await server.EmptyAsync();

        IReadOnlyList<Finding> findings = await RunAsync(checkpoint: new CheckpointOptions { Type = CheckpointType.File, File = _directory.Combine("checkpoint") });

        Assert.DoesNotContain(findings, finding => finding.Level == FindingLevel.Error);
        Assert.Contains(_directory.Combine("checkpoint"), Assert.Single(findings, finding => finding is { Level: FindingLevel.Ok, Check: "checkpoint" }).Where, StringComparison.Ordinal);
        Assert.Contains("`db1`.`t_nopk`", Assert.Single(findings, finding => finding is { Level: FindingLevel.Warning, Check: "checkpoint" }).Where, StringComparison.Ordinal);
        Assert.False(File.Exists(_directory.Combine("checkpoint")));
    }

    private Task<IReadOnlyList<Finding>> RunAsync(Func<DownstreamOptions, DownstreamOptions>? change = null, CheckpointOptions? checkpoint = null)
    {
        Capability.RequireMariaDb();
        var downstream = new DownstreamOptions { Type = DownstreamType.MySql, Host = server.Server.Host, Port = server.Server.Port, User = "root", Password = new Secret(server.Server.RootPassword) };
        DrainerOptions drainer = HostRoles.Drainer(_directory.Path) with
        {
            SchemaHistory = new SchemaHistoryOptions { Path = RecordedStream.PathOf("ddl_history_jobs.jsonl.gz") },
            Downstream = change is null ? downstream : change(downstream),
            Checkpoint = checkpoint ?? new CheckpointOptions(),
            Relay = new RelayOptions { MaxBytes = 1 << 20, SegmentSizeBytes = 1 << 16 },
        };
        return DrainerCheck.RunAsync(Host(null), drainer, TimeProvider.System, Token);
    }

    private HostOptions Host(HostPort? join) => new() { DataDir = _directory.Combine("data"), Cluster = new ClusterOptions { Id = HostRoles.ClusterId, Join = join } };
}
