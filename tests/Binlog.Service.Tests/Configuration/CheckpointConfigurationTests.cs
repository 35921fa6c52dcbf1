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

    private static string ThisFile => Path.Combine(AppContext.BaseDirectory, "Binlog.Service.Tests.dll").Replace("\\", "\\\\", StringComparison.Ordinal);
}
