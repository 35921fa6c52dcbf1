using System.Text.Json;
using Binlog.Service.Configuration;

namespace Binlog.Service.Tests.Configuration;

/// <summary>What fits together with a checkpoint outside of the target.</summary>
public sealed class CheckpointConfigurationTests : ConfigurationTest
{
    private const string Target = "\"downstream\": { \"type\": \"mysql\", \"host\": \"db\", \"user\": \"u\" }";

    [Theory]
    [InlineData("\"checkpoint\": { \"type\": \"file\" }, \"consistency\": \"eventual\"", "drainer.consistency", "found \"eventual\", but parts of transactions are announced in the target's own checkpoint")]
    [InlineData("\"checkpoint\": { \"type\": \"file\" }, \"standby\": true", "drainer.standby", "another machine's Drainer can't read the checkpoint's file")]
    [InlineData("\"checkpoint\": { \"type\": \"file\", \"host\": \"db2\" }", "drainer.checkpoint.host", "has no effect with drainer.checkpoint.type \"file\"")]
    [InlineData("\"checkpoint\": { \"file\": \"c\" }", "drainer.checkpoint.file", "has no effect with drainer.checkpoint.type \"target\"")]
    [InlineData("\"checkpoint\": { \"type\": \"mysql\", \"user\": \"u\" }", "drainer.checkpoint.host", "missing")]
    public void Load_CheckpointThatDoesNotFit_IsRefused(string settings, string path, string problem)
    {
        string error = TheError($"{{ \"drainer\": {{ \"schemaHistory\": {{ \"path\": \"{ThisFile}\" }}, {Target}, {settings} }} }}");

        Assert.StartsWith(path, error, StringComparison.Ordinal);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ExampleInTheDocument_KeepsTheCheckpointInAnotherServer()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations", "checkpoint.md"));
        JsonElement example = JsonElement.Parse(page.Split("```json")[1].Split("```")[0]).GetProperty("drainer").GetProperty("checkpoint");

        CheckpointOptions checkpoint = Valid($"{{ \"drainer\": {{ \"schemaHistory\": {{ \"path\": \"{ThisFile}\" }}, {Target}, \"checkpoint\": {example} }} }}").Drainer!.Checkpoint;

        Assert.Equal((CheckpointType.MySql, "db2.example.com", "drainer", "tidb_binlog"), (checkpoint.Type, checkpoint.Server!.Host, checkpoint.Server.User, checkpoint.Database));
    }

    private static string ThisFile => Path.Combine(AppContext.BaseDirectory, "Binlog.Service.Tests.dll").Replace("\\", "\\\\", StringComparison.Ordinal);
}
