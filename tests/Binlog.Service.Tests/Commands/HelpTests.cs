using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Tests.Commands;

public sealed class HelpTests : CommandLineTest
{
    [Theory]
    [InlineData(new[] { "--help" }, new[] { "binlogd [command] [options]", "run ", "demo ", "replay ", "bench ", "config ", "--version" })]
    [InlineData(new[] { "run", "--help" }, new[] { "--config <FILE>", "/binlogd.json when it exists]", "--section:key=value", "BINLOG__section__key", "Examples:", "binlogd run --config" })]
    [InlineData(new[] { "demo", "-h" }, new[] { "--recording <DIR>", "--downstream <URL>", "sqlite:FILE or mysql://user:password@host:port", "--pumps <N>", "[default: 3]", "--data <DIR>", "--json", "Exit code 0 when all are equal", "Examples:", "binlogd demo --downstream mysql://root:secret@127.0.0.1:3306" })]
    [InlineData(new[] { "replay", "--help" }, new[] { "--recording <DIR>", "(REQUIRED)", "--pumps <HOST:PORT,…>", "--rate <N>", "[default: as fast as possible]", "Example:", "binlogd replay --recording samples/recording --pumps" })]
    [InlineData(new[] { "relay", "--help" }, new[] { "apply " })]
    [InlineData(new[] { "relay", "apply", "--help" }, new[] { "--config <FILE>", "--section:key=value", "Exit code 0 when the target has everything", "Example:" })]
    [InlineData(new[] { "check", "--help" }, new[] { "--config <FILE>", "--json", "--section:key=value", "Starts nothing and changes nothing", "Exit code 1", "Examples:" })]
    [InlineData(new[] { "explain-lag", "--help" }, new[] { "--drainer <HOST:PORT>", "[default: 127.0.0.1:8249]", "--json", "Example:" })]
    [InlineData(new[] { "drainer", "--help" }, new[] { "pause ", "resume ", "set " })]
    [InlineData(new[] { "drainer", "pause", "--help" }, new[] { "--drainer <HOST:PORT>", "[default: 127.0.0.1:8249]", "Example:" })]
    [InlineData(new[] { "drainer", "resume", "--help" }, new[] { "--drainer <HOST:PORT>", "Example:" })]
    [InlineData(new[] { "drainer", "set", "--help" }, new[] { "--drainer <HOST:PORT>", "--workers <N>", "--batch-transactions <N>", "--batch-rows <N>", "Examples:" })]
    [InlineData(new[] { "transactions", "--help" }, new[] { "list ", "decide " })]
    [InlineData(new[] { "transactions", "list", "--help" }, new[] { "--pump <HOST:PORT>", "(REQUIRED)", "--limit <N>", "[default: 100]", "--json", "Example:" })]
    [InlineData(new[] { "transactions", "decide", "--help" }, new[] { "--pump <HOST:PORT>", "--start-ts <TS>", "--commit-ts <TS>", "--rollback", "--by <NAME>", "--reason <TEXT>", "--yes", "(REQUIRED)", "is lost", "Examples:" })]
    [InlineData(new[] { "bench", "--help" }, new[] { "write ", "pull ", "lag ", "first-row ", "apply " })]
    [InlineData(new[] { "bench", "write", "--help" }, new[] { "--pumps <HOST:PORT,…>", "--writers <N>", "[default: 64]", "--size <BYTES>", "[default: 300]", "--seconds <S>", "[default: 10]", "--json", "Examples:" })]
    [InlineData(new[] { "bench", "pull", "--help" }, new[] { "--pump <HOST:PORT>", "[default: starts and fills one]", "--json", "Example:" })]
    [InlineData(new[] { "bench", "apply", "--help" }, new[] { "--downstream <URL>", "--transactions <N>", "[default: 100000]", "--json", "Example:" })]
    [InlineData(new[] { "import-config", "--help" }, new[] { "<FILE.toml>", "--out <FILE>", "--role <pump|drainer>", "Examples:" })]
    [InlineData(new[] { "inspect", "--help" }, new[] { "ls ", "verify ", "dump ", "repair " })]
    [InlineData(new[] { "inspect", "ls", "--help" }, new[] { "<DIR>", "--records", "--json", "Exit codes:", "Example:" })]
    [InlineData(new[] { "inspect", "verify", "--help" }, new[] { "<DIR>", "--json", "Exit code 1 when something is damaged", "2 wrong arguments, no such directory", "Example:" })]
    [InlineData(new[] { "inspect", "dump", "--help" }, new[] { "--from <TS>", "--to <TS>", "--table <DB.TABLE>", "--schema-history <FILE>", "--limit <N>", "--json", "Examples:" })]
    [InlineData(new[] { "inspect", "repair", "--help" }, new[] { "--force", "--sequence <N|automatic>", "repairs.jsonl", "Examples:" })]
    [InlineData(new[] { "config", "--help" }, new[] { "--config <FILE>", "--keys", "Examples:" })]
    public async Task Help_EveryVerb_HasOptionsDefaultsAndExamples(string[] arguments, string[] expected)
    {
        Assert.Equal(0, await Run(arguments));

        Assert.Empty(Error);
        Assert.Null(Received);
        Assert.All(expected, phrase => Assert.Contains(phrase, Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Help_WithErrorsBeside_StillHelps()
    {
        Assert.Equal(0, await Run("replay", "--rate", "x", "--help"));

        Assert.Contains("--rate <N>", Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_Always_ExplainEverySetting()
    {
        Assert.Equal(0, await Run("config", "--keys"));

        Assert.All(SettingCatalog.All, setting =>
        {
            Assert.Contains($"{setting.Path}{System.Environment.NewLine}    {setting.Effect}", Output, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Version_Always_NamesProgramVersionAndRuntime()
    {
        Assert.Equal(0, await Run("--version"));

        Assert.Matches(@"^binlogd \d+\.\d+\.\d+", Output);
        Assert.Contains("runtime: .NET", Output, StringComparison.Ordinal);
    }
}
