using System.Text.Json;
using System.Text.RegularExpressions;
using Binlog.Service.Commands;
using Binlog.Service.Commands.ExplainLag;
using Binlog.Service.Configuration;
using Binlog.Service.Drainer.Explaining;
using Binlog.Service.Hosting;
using Binlog.Service.Hosting.Http;
using Binlog.Service.Tests.Cluster;
using Binlog.TiDB;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Commands.ExplainLag;

public sealed partial class ExplainLagVerbTests : CommandLineTest
{
    private const ulong CommitTs = 470606488562302980;

    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly VerbHandlers Handlers = new() { ExplainLag = ExplainLagHandler.RunAsync };

    [Fact]
    public async Task ExplainLag_ExampleOfTheDocumentation_PrintsWhatStandsThere()
    {
        string[] example = ConsoleBlock().Match(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operations", "explain-lag.md"), Token)).Groups["text"].Value.TrimEnd().Split('\n');
        await using NodeServer drainer = await StartAsync(new LagEndpoint(_ => Task.FromResult(Idle())).HandleAsync);

        Assert.Equal(ExitCode.Ok, await Run(Handlers, Token, example[0].Replace("127.0.0.1:8249", $"{drainer.BoundAddress}", StringComparison.Ordinal).Split(' ')[1..]));

        Assert.Equal(string.Join('\n', example[1..]), Output.TrimEnd().ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task ExplainLag_Json_IsTheDrainersAnswer()
    {
        await using NodeServer drainer = await StartAsync(new LagEndpoint(_ => Task.FromResult(Idle())).HandleAsync);

        Assert.Equal(ExitCode.Ok, await Run(Handlers, Token, "explain-lag", "--drainer", $"{drainer.BoundAddress}", "--json"));

        using JsonDocument json = JsonDocument.Parse(Output);
        Assert.Equal(12, json.RootElement.GetProperty("lagMilliseconds").GetInt32());
        Assert.Equal("none", json.RootElement.GetProperty("reasons")[0].GetProperty("kind").GetString());
        Assert.Equal(CommitTs, json.RootElement.GetProperty("stages").GetProperty("applied").GetProperty("commitTs").GetUInt64());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("backlog").GetProperty("secondsToCatchUp").ValueKind);
    }

    [Fact]
    public async Task ExplainLag_NoDrainerThere_SaysWhatToCheck()
    {
        Assert.Equal(ExitCode.Failed, await Run(Handlers, Token, "explain-lag", "--drainer", FreePort.Address()));
        Assert.Contains("Check that it runs and that --drainer is its address.", Error, StringComparison.Ordinal);

        await using NodeServer other = await StartAsync(context => context.Response.WriteAsync("{}", Token));
        Assert.Equal(ExitCode.Failed, await Run(Handlers, Token, "explain-lag", "--drainer", $"{other.BoundAddress}"));
        Assert.Contains("doesn't answer as a Drainer does", Error, StringComparison.Ordinal);
    }

    private static Task<NodeServer> StartAsync(Func<HttpContext, Task> answer) => NodeServer.StartAsync(
        new NodeServerOptions { Key = "drainer.listen", Listen = new HostPort("127.0.0.1", 0), Endpoints = [HttpEndpoint.Get("/lag", answer)] },
        NullLoggerFactory.Instance,
        Token);

    private static LagReport Idle() => new()
    {
        Now = new Tso(CommitTs).ToDateTimeOffset() + TimeSpan.FromMilliseconds(12),
        PulledTs = CommitTs,
        MergedTs = CommitTs,
        RelayedTs = CommitTs,
        AppliedTs = CommitTs,
        BacklogBytes = 0,
        BacklogRecords = 0,
        Rate = default,
        Reasons = [new LagReason("none", "", "Nothing holds the Drainer back: everything that Pumps sent is applied, and the newest of it is 12 ms old.")],
    };

    [GeneratedRegex("```console\n\\$ (?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex ConsoleBlock();
}
