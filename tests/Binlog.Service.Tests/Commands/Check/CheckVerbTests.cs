using System.Text.Json;
using System.Text.RegularExpressions;
using Binlog.Service.Commands;
using Binlog.Service.Commands.Check;
using Binlog.Service.Hosting;

namespace Binlog.Service.Tests.Commands.Check;

public sealed partial class CheckVerbTests : CommandLineTest
{
    private static readonly VerbHandlers Handlers = new() { Check = CheckHandler.RunAsync };

    [Fact]
    public async Task Check_ExampleOfTheDocumentation_PrintsWhatStandsThere()
    {
        Write("ddl_history_jobs.jsonl.gz", "");
        string[] example = ConsoleBlock().Match(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operations", "check.md"))).Groups["text"].Value.TrimEnd().Split('\n');

        Assert.Equal(ExitCode.Ok, await Run(Handlers, CancellationToken.None, example[0].Split(' ')[1..]));

        Assert.Empty(Error);
        Assert.Equal(example[1..].Select(Plain), Output.TrimEnd().Split(System.Environment.NewLine).Select(Plain));
    }

    [Fact]
    public async Task Check_Errors_GiveExitCodeAndJson()
    {
        Write("history", "");
        int code = await Run(Handlers, CancellationToken.None, "check", "--json", "--dataDir=data", "--drainer:schemaHistory:path=history", "--drainer:downstream:file=missing/target.db");

        Assert.Equal(ExitCode.Failed, code);
        using JsonDocument json = JsonDocument.Parse(Output);
        Assert.Equal(1, json.RootElement.GetProperty("errors").GetInt32());
        JsonElement error = json.RootElement.GetProperty("findings").EnumerateArray().Single(finding => finding.GetProperty("level").GetString() == "error");
        Assert.Equal(
            ["target", $"SQLite file {PathOf("missing/target.db")}", "Its folder does not exist.", "Make it, or name another file in drainer.downstream.file."],
            new[] { "check", "where", "found", "remedy" }.Select(name => error.GetProperty(name).GetString()));
    }

    [Fact]
    public async Task Check_NoDrainerOrBadConfiguration_IsAUsageError()
    {
        Assert.Equal(ExitCode.Usage, await Run("check", "--dataDir=data", "--pump:listen=127.0.0.1:0"));
        Assert.Contains("the configuration has no Drainer", Error, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Usage, await Run("check", "--drainer:listen=x"));
        Assert.Null(Received);
    }

    /// <summary>A line without what differs from machine to machine: the directory, and the room on its disk.</summary>
    private string Plain(string line) => Room().Replace(line.Replace(PathOf(""), "/srv", StringComparison.Ordinal), "N MiB are");

    [GeneratedRegex("```console\n\\$ (?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex ConsoleBlock();

    [GeneratedRegex(@"\d+ MiB are")]
    private static partial Regex Room();
}
