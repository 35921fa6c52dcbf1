using Binlog.Grpc;
using Binlog.Service.Commands.Bench;
using Binlog.Service.Commands.Demo;
using Binlog.Service.Commands.Inspect;
using Binlog.Service.Commands.Replay;
using Binlog.Service.Commands.Run;
using Binlog.Service.Configuration;

namespace Binlog.Service.Tests.Commands;

public sealed class VerbOptionsTests : CommandLineTest
{
    [Fact]
    public async Task Demo_NoOptions_GivesDefaults()
    {
        Assert.Equal(0, await Run("demo"));

        Assert.Equal(new DemoVerbOptions { RecordingDirectory = null, Downstream = null, Pumps = 3, DataDirectory = null, Json = false }, Received);
    }

    [Fact]
    public async Task Demo_EveryOption_ReachesTheHandler()
    {
        Assert.Equal(0, await Run("demo", "--recording", "rec", "--downstream", "mysql://u:p%40@h:3307", "--pumps=5", "--data", "d", "--json"));

        var options = Assert.IsType<DemoVerbOptions>(Received);
        Assert.Equal(PathOf("rec"), options.RecordingDirectory);
        Assert.Equal(PathOf("d"), options.DataDirectory);
        Assert.Equal(5, options.Pumps);
        Assert.True(options.Json);
        Assert.Equal("p@", options.Downstream?.Options.Password.Reveal());
    }

    [Fact]
    public async Task Replay_EveryOption_ReachesTheHandler()
    {
        Assert.Equal(0, await Run("replay", "--recording", "rec", "--pumps", "127.0.0.1:1, [::1]:2", "--rate", "500"));

        var options = Assert.IsType<ReplayVerbOptions>(Received);
        Assert.Equal(PathOf("rec"), options.RecordingDirectory);
        Assert.Equal([new HostPort("127.0.0.1", 1), new HostPort("::1", 2)], options.Pumps);
        Assert.Equal(500, options.Rate);
    }

    [Fact]
    public async Task Replay_NoRate_IsUnlimited()
    {
        Assert.Equal(0, await Run("replay", "--recording", "rec", "--pumps", "h:1"));

        Assert.Null(Assert.IsType<ReplayVerbOptions>(Received).Rate);
    }

    [Fact]
    public async Task Replay_TlsFiles_ReachTheOptions()
    {
        (string ca, string cert, string key) = (Write("ca.pem", ""), Write("c.pem", ""), Write("c.key", ""));

        Assert.Equal(0, await Run("replay", "--recording", "rec", "--pumps", "h:1", "--tls-ca", "ca.pem", "--tls-cert", "c.pem", "--tls-key", "c.key"));

        Assert.Equal(new GrpcTls { CaFile = ca, CertFile = cert, KeyFile = key }, Assert.IsType<ReplayVerbOptions>(Received).Tls);
    }

    [Theory]
    [InlineData("--tls-ca", "--tls-cert")]
    [InlineData("--tls-cert", "--tls-ca")]
    [InlineData("--tls-key", "--tls-ca")]
    public async Task Replay_OneTlsFileAlone_IsRefused(string given, string missing)
    {
        Write("a.pem", "");

        Assert.Equal(2, await Run("replay", "--recording", "rec", "--pumps", "h:1", given, "a.pem"));

        Assert.Contains($"{missing} is missing: TLS needs --tls-ca, --tls-cert and --tls-key.", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BenchWrite_NoOptions_GivesDefaults()
    {
        Assert.Equal(0, await Run("bench", "write"));

        var options = Assert.IsType<BenchWriteOptions>(Received);
        Assert.Empty(options.Pumps);
        Assert.Equal((1UL, 64, 300, 10, false), (options.ClusterId, options.Writers, options.SizeBytes, options.Seconds, options.Json));
    }

    [Fact]
    public async Task BenchWrite_EveryOption_ReachesTheHandler()
    {
        Assert.Equal(0, await Run("bench", "write", "--pumps", "h:1,i:2", "--cluster-id", "7", "--writers", "8", "--size", "1KiB", "--seconds", "2", "--json"));

        var options = Assert.IsType<BenchWriteOptions>(Received);
        Assert.Equal([new HostPort("h", 1), new HostPort("i", 2)], options.Pumps);
        Assert.Equal((7UL, 8, 1024, 2, true), (options.ClusterId, options.Writers, options.SizeBytes, options.Seconds, options.Json));
    }

    [Fact]
    public async Task BenchPull_Options_ReachTheHandler()
    {
        Assert.Equal(0, await Run("bench", "pull"));
        Assert.Equal(new BenchPullOptions { Pump = null, Json = false }, Received);

        Assert.Equal(0, await Run("bench", "pull", "--pump", "h:1", "--cluster-id", "7", "--json"));
        Assert.Equal(new BenchPullOptions { Pump = new HostPort("h", 1), ClusterId = 7, Json = true }, Received);
    }

    [Fact]
    public async Task BenchLag_Options_ReachTheHandler()
    {
        Assert.Equal(0, await Run("bench", "lag"));
        Assert.Equal(new BenchLagOptions { Downstream = null, Pumps = 3, Rate = 2, Seconds = 30, Json = false }, Received);

        Assert.Equal(0, await Run("bench", "lag", "--downstream", "sqlite:x.db", "--pumps", "5", "--rate", "7", "--seconds", "9", "--json"));
        var options = Assert.IsType<BenchLagOptions>(Received);
        Assert.Equal((5, 7, 9, true), (options.Pumps, options.Rate, options.Seconds, options.Json));
        Assert.EndsWith("x.db", options.Downstream!.Options.File, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BenchFirstRow_Options_ReachTheHandler()
    {
        Assert.Equal(0, await Run("bench", "first-row"));
        Assert.Equal(new BenchFirstRowOptions { Downstream = null, Pumps = 3, Transactions = 1000, Rounds = 5, Json = false }, Received);

        Assert.Equal(0, await Run("bench", "first-row", "--pumps", "5", "--transactions", "7", "--rounds", "9", "--json"));
        Assert.Equal(new BenchFirstRowOptions { Downstream = null, Pumps = 5, Transactions = 7, Rounds = 9, Json = true }, Received);
    }

    [Fact]
    public async Task BenchApply_Options_ReachTheHandler()
    {
        Assert.Equal(0, await Run("bench", "apply"));
        Assert.Equal(new BenchApplyOptions { Downstream = null, Transactions = 100_000, Json = false }, Received);

        Assert.Equal(0, await Run("bench", "apply", "--downstream", "sqlite:x.db", "--transactions", "7"));
        var options = Assert.IsType<BenchApplyOptions>(Received);
        Assert.Equal((PathOf("x.db"), 7), (options.Downstream?.Options.File, options.Transactions));
    }

    [Fact]
    public async Task InspectLsAndVerify_Options_ReachTheHandler()
    {
        Assert.Equal(0, await Run("inspect", "ls", "d", "--records", "--json"));
        Assert.Equal(new InspectLsOptions(PathOf("d"), Records: true, Json: true), Received);

        Assert.Equal(0, await Run("inspect", "verify", "--json", "d"));
        Assert.Equal(new InspectVerifyOptions(PathOf("d"), Json: true), Received);
    }

    [Fact]
    public async Task InspectDump_Options_ReachTheHandler()
    {
        Assert.Equal(0, await Run("inspect", "dump", "d"));
        Assert.Equal(new InspectDumpOptions { Directory = PathOf("d") }, Received);

        string history = Write("h", "");
        Assert.Equal(0, await Run("inspect", "dump", "d", "--from", "7", "--to", "1970-01-01T00:00:01Z", "--table", "`a`.`b.c`", "--limit", "3", "--json", "--schema-history", "h"));
        Assert.Equal(
            new InspectDumpOptions { Directory = PathOf("d"), From = 7, To = (1001UL << 18) - 1, Table = new TableName("a", "b.c", null), Limit = 3, Json = true, SchemaHistoryFile = history },
            Received);

        Assert.Equal(0, await Run("inspect", "dump", "d", "--table", "42"));
        Assert.Equal(42, Assert.IsType<InspectDumpOptions>(Received).Table?.Id);
    }

    [Fact]
    public async Task InspectRepair_Options_ReachTheHandler()
    {
        Assert.Equal(0, await Run("inspect", "repair", "d"));
        Assert.Equal(new InspectRepairOptions(PathOf("d"), Force: false, Sequence: null), Received);

        Assert.Equal(0, await Run("inspect", "repair", "d", "--force", "--sequence", "5"));
        Assert.Equal(new InspectRepairOptions(PathOf("d"), Force: true, Sequence: 5), Received);

        Assert.Equal(0, await Run("inspect", "repair", "d", "--sequence", "automatic"));
        Assert.Null(Assert.IsType<InspectRepairOptions>(Received).Sequence);
    }

    [Fact]
    public async Task Run_FileAndOverrides_GivesCheckedConfiguration()
    {
        Write("binlogd.json", """{ "pump": { "listen": "127.0.0.1:1" } }""");
        Environment["BINLOG__nodeId"] = "n";

        Assert.Equal(0, await Run("run", "--config", "binlogd.json", "--pump:listen=127.0.0.1:2", "--pump:advertise=h:3"));

        var host = Assert.IsType<RunVerbOptions>(Received).Host;
        Assert.Equal((2, new HostPort("h", 3), "n"), (host.Pump?.Listen.Port, host.Pump?.Advertise, host.NodeId));
    }

    [Fact]
    public async Task Run_OverridesBeforeConfig_AreTaken()
    {
        Write("binlogd.json", """{ "pump": {} }""");

        Assert.Equal(0, await Run("run", "--drainer:initialCommitTs=-1", "--drainer:schemaHistory:path=binlogd.json", "--drainer:downstream:file=@x.db", "--config", "binlogd.json"));

        Assert.Equal(PathOf("@x.db"), Assert.IsType<RunVerbOptions>(Received).Host.Drainer?.Downstream.File);
    }
}
