using Binlog.Service.Hosting;
using Binlog.Service.Tests.Configuration.Importing;

namespace Binlog.Service.Tests.Commands.ImportConfig;

public sealed class ImportConfigTests : CommandLineTest
{
    [Fact]
    public async Task Run_PumpToml_WritesTheFileAndReports()
    {
        Write("pump.toml", Samples.Pump.Replace("[security]", "[security]\nunheard-of = 1", StringComparison.Ordinal));

        Assert.Equal(ExitCode.Ok, await Run("import-config", "pump.toml", "--out", "binlogd.json"));

        Assert.Empty(Output);
        Assert.Contains("\"pump\": {", await File.ReadAllTextAsync(PathOf("binlogd.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.StartsWith($"{PathOf("pump.toml")} is for a Pump: ", Error, StringComparison.Ordinal);
        Assert.Contains("Converted:\n", Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("Dropped, and not needed:\n  storage.sync-log = true", Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("Unknown, and dropped:\n  security.unheard-of = 1", Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("To be looked at:\n", Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(PathOf("binlogd.json")) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite));
        }
    }

    [Fact]
    public async Task Run_NoOut_WritesToStandardOutputAndTheConfigVerbTakesIt()
    {
        Write("a.toml", "gc = 7\naddr = \"127.0.0.1:8250\"\ndata-dir = \"/data\"");

        Assert.Equal(ExitCode.Ok, await Run("import-config", "a.toml"));
        Write("binlogd.json", Output);
        Assert.Equal(ExitCode.Ok, await Run("config", "--config", "binlogd.json"));

        Assert.Contains("pump.listen = 127.0.0.1:8250 (binlogd.json line ", Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OutExists_IsLeftAlone()
    {
        Write("pump.toml", Samples.Pump);
        Write("binlogd.json", "mine");

        Assert.Equal(ExitCode.Usage, await Run("import-config", "pump.toml", "--out", "binlogd.json"));

        Assert.Equal("mine", await File.ReadAllTextAsync(PathOf("binlogd.json"), TestContext.Current.CancellationToken));
        Assert.Contains("exists already and is not overwritten", Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("addr = ", ", line 1, column 8: found the end of the file, expected a value.")]
    [InlineData("gc = true", ", line 1, column 6: gc: found true or false")]
    [InlineData("node-id = \"a\"", "Say it with --role pump or --role drainer.")]
    public async Task Run_BadFile_SaysWhyAndWritesNothing(string toml, string expected)
    {
        Write("pump.toml", toml);

        Assert.Equal(ExitCode.Usage, await Run("import-config", "pump.toml", "--out", "binlogd.json"));

        Assert.StartsWith($"binlogd: {PathOf("pump.toml")}", Error, StringComparison.Ordinal);
        Assert.Contains(expected, Error, StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("binlogd.json")));
    }

    [Fact]
    public async Task Run_RoleGiven_DecidesWhatKeysMean()
    {
        Write("a.toml", "node-id = \"a\"");

        Assert.Equal(ExitCode.Ok, await Run("import-config", "a.toml", "--role", "drainer"));

        Assert.Contains("\"drainer\": {}", Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NoSuchFile_SaysSo()
    {
        Assert.Equal(ExitCode.Usage, await Run("import-config", "nowhere.toml"));

        Assert.Contains("nowhere.toml", Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NotUtf8_SaysSo()
    {
        await File.WriteAllBytesAsync(PathOf("a.toml"), [0x67, 0xff], TestContext.Current.CancellationToken);

        Assert.Equal(ExitCode.Usage, await Run("import-config", "a.toml"));

        Assert.Contains("is not UTF-8", Error, StringComparison.Ordinal);
    }
}
