using System.Text.Json;
using Binlog.Service.Commands.Bench;
using Binlog.Service.Configuration;

namespace Binlog.Service.Tests.Commands.Bench;

public sealed class PumpPositionsTests
{
    private static readonly HostPort Pump = new("127.0.0.1", 8250);

    [Theory]
    [InlineData("""{"status":{"a":{"host":"127.0.0.1:8251","maxCommitTS":9},"b":{"host":"127.0.0.1:8250","maxCommitTS":5}},"CommitTS":9}""", 5)]
    [InlineData("""{"status":{"a":{"host":"node:8250","maxCommitTS":9},"b":{"host":"node:8251","maxCommitTS":5}}}""", 9)]
    [InlineData("""{"status":{"a":{"host":"127.0.0.1:8250","maxCommitTS":0}}}""", 0)]
    public void Find_AnswerOfAPump_TakesItsOwnElseTheGreatest(string json, ulong expected) =>
        Assert.Equal(expected, PumpPositions.Find(JsonElement.Parse(json), Pump));

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"status":null}""")]
    [InlineData("""{"status":{}}""")]
    [InlineData("""{"status":{"a":1,"b":{"maxCommitTS":"5"},"c":{"maxCommitTS":-1}}}""")]
    public void Find_AnythingElse_IsNull(string json) => Assert.Null(PumpPositions.Find(JsonElement.Parse(json), Pump));
}
