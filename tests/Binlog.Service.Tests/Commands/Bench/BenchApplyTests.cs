using System.Text.Json;
using Binlog.MySql;
using Binlog.Service.Commands;
using Binlog.Service.Commands.Bench;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Downstream.MySql;

namespace Binlog.Service.Tests.Commands.Bench;

/// <summary><c>bench apply</c> with Pump and Drainer as processes of their own, and real targets.</summary>
public sealed class BenchApplyTests(MySqlTestServer server) : CommandLineTest, IClassFixture<MySqlTestServer>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task BenchApply_NoTarget_AppliesToAFileThatIsGoneAfterwards()
    {
        Assert.True(await Apply("--transactions", "500") == ExitCode.Ok, Error);

        CheckFigures(500);
    }

    [Fact]
    public async Task BenchApply_FileThatExists_IsRefusedAndLeftAlone()
    {
        Write("target.db", "mine");

        Assert.Equal(ExitCode.StartFailed, await Apply("--downstream", "sqlite:target.db"));

        Assert.Contains("target.db exists", Error, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(PathOf("target.db"), Cancelled));
    }

    [Fact]
    public async Task BenchApply_NamedFile_IsRemoved()
    {
        Assert.True(await Apply("--downstream", "sqlite:target.db", "--transactions", "10") == ExitCode.Ok, Error);

        CheckFigures(10);
        Assert.False(File.Exists(PathOf("target.db")));
    }

    [Fact]
    public async Task BenchApply_MySqlTarget_LeavesNothingBehind()
    {
        await using MySqlConnection connection = await server.EmptyAsync();
        await connection.ExecuteAsync($"CREATE DATABASE `{BenchTable.Database}`", Cancelled);
        await connection.ExecuteAsync($"CREATE TABLE `{BenchTable.Database}`.`{BenchTable.Table}` (`leftover` INT) COMMENT='{BenchTable.Comment}'", Cancelled);

        Assert.True(await Apply("--downstream", Url(), "--transactions", "500") == ExitCode.Ok, Error);

        CheckFigures(500);
        Assert.Equal("0", await connection.QueryScalarAsync($"SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME='{BenchTable.Database}'", Cancelled));
        Assert.Equal("0", await connection.QueryScalarAsync("SELECT COUNT(*) FROM `tidb_binlog`.`binlogd_checkpoint`", Cancelled));
    }

    [Fact]
    public async Task BenchApply_SomebodyElsesDatabase_IsRefusedAndLeftAlone()
    {
        await using MySqlConnection connection = await server.EmptyAsync();
        await connection.ExecuteAsync($"CREATE DATABASE `{BenchTable.Database}`", Cancelled);
        await connection.ExecuteAsync($"CREATE TABLE `{BenchTable.Database}`.`{BenchTable.Table}` (`id` INT)", Cancelled);

        Assert.Equal(ExitCode.StartFailed, await Apply("--downstream", Url()));

        Assert.Contains($"has a database {BenchTable.Database} that the benchmark did not make", Error, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Server.RootPassword, Error, StringComparison.Ordinal);
        Assert.Equal("0", await connection.QueryScalarAsync($"SELECT COUNT(*) FROM `{BenchTable.Database}`.`{BenchTable.Table}`", Cancelled));
    }

    [Fact]
    public async Task BenchApply_AnotherOneRuns_IsRefused()
    {
        await using MySqlConnection connection = await server.EmptyAsync();
        Assert.Equal("1", await connection.QueryScalarAsync($"SELECT GET_LOCK('{BenchTable.Database}', 0)", Cancelled));

        Assert.Equal(ExitCode.StartFailed, await Apply("--downstream", Url()));

        Assert.Contains("Another binlogd bench apply", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BenchApply_WrongPassword_FailsWithOneLine()
    {
        await using MySqlConnection connection = await server.EmptyAsync();

        Assert.Equal(ExitCode.StartFailed, await Apply("--downstream", $"mysql://root:wrong@127.0.0.1:{server.Server.Port}"));

        Assert.Empty(Output);
        Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private string Url() => $"mysql://root:{server.Server.RootPassword}@{server.Server.Host}:{server.Server.Port}";

    private Task<int> Apply(params string[] arguments) =>
        Run(new VerbHandlers { BenchApply = BenchApplyHandler.RunAsync }, Cancelled, ["bench", "apply", "--json", .. arguments]);

    private void CheckFigures(int transactions)
    {
        JsonElement json = JsonElement.Parse(Output);
        Assert.Equal(transactions, json.GetProperty("transactions").GetInt64());
        Assert.Equal(json.GetProperty("transactionsPerSecond").GetDouble(), json.GetProperty("rowsPerSecond").GetDouble());
        Assert.True(json.GetProperty("serverCpuMicrosPerTransaction").GetDouble() > 0);
        Assert.True(json.GetProperty("serverRssMiB").GetDouble() > 1);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("p99Ms").ValueKind);
    }
}
