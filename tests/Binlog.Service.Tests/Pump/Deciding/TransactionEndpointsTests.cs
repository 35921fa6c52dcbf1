using System.Net;
using System.Text;
using System.Text.Json;
using Binlog.TestKit.Waiting;
using Binlog.TiDB;

namespace Binlog.Service.Tests.Pump.Deciding;

public sealed class TransactionEndpointsTests
{
    private const string Body = """{"by": "anna", "reason": "seen in TiKV"}""";

    private static readonly HttpClient Http = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task List_NothingUndecided_SaysSo()
    {
        await using DecidingServer server = await DecidingServer.StartAsync();

        JsonElement list = await ListAsync(server);

        Assert.Equal(["held", "source", "undecidedCount", "undecided"], list.EnumerateObject().Select(property => property.Name));
        Assert.Equal(JsonValueKind.Null, list.GetProperty("held").ValueKind);
        Assert.Equal(JsonValueKind.Null, list.GetProperty("source").ValueKind);
        Assert.Empty(list.GetProperty("undecided").EnumerateArray());
    }

    [Fact]
    public async Task List_Undecided_HasWhatIsHeldAndEachWithItsTimeAndAge()
    {
        await using DecidingServer server = await DecidingServer.StartAsync(new ScriptedFate());
        ulong startTs = Tso.FromDateTimeOffset(server.Time.GetUtcNow()).Value;
        server.Store.Prewrite(startTs, startTs + 1);
        server.Store.WaitingCount = 7;
        server.Time.Advance(TimeSpan.FromSeconds(5));
        await Eventually.HoldsAsync("the source was asked", () => server.Asking.Answers.Count == 2, Cancelled);

        JsonElement list = await ListAsync(server, "?limit=1");

        JsonElement held = list.GetProperty("held");
        Assert.Equal(["outcome", $"{startTs}", "0", "2024-05-06T07:08:09Z", "5", "7"], held.EnumerateObject().Select(property => property.Value.ToString()));
        Assert.Equal(["waitsFor", "startTs", "commitTs", "since", "seconds", "waitingTransactions"], held.EnumerateObject().Select(property => property.Name));
        Assert.Equal("TiKV", list.GetProperty("source").GetString());
        Assert.Equal(2, list.GetProperty("undecidedCount").GetInt32());
        JsonElement undecided = Assert.Single(list.GetProperty("undecided").EnumerateArray());
        Assert.Equal((startTs, "2024-05-06T07:08:09Z", 5.0), (undecided.GetProperty("startTs").GetUInt64(), undecided.GetProperty("startTime").GetString(), undecided.GetProperty("ageSeconds").GetDouble()));
        Assert.Contains("too young", undecided.GetProperty("answer").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_BadLimit_Refused()
    {
        await using DecidingServer server = await DecidingServer.StartAsync();

        using HttpResponseMessage response = await Http.GetAsync(server.Uri("/transactions?limit=many"), Cancelled);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("limit is \\u0022many\\u0022", await response.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/transactions/5/commit/9", 9UL, "committed at 9")]
    [InlineData("/transactions/5/rollback", 0UL, "rolled back")]
    public async Task Put_Undecided_DecidesAndAnswersWhatIsStored(string path, ulong commitTs, string outcome)
    {
        await using DecidingServer server = await DecidingServer.StartAsync();
        server.Store.Prewrite(5, 6);

        (HttpStatusCode status, JsonElement answer) = await PutAsync(server, path, Body);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(["message", "code", "data"], answer.EnumerateObject().Select(property => property.Name));
        Assert.Equal(($"The transaction of start TS 5 is {outcome}.", 200), (answer.GetProperty("message").GetString(), answer.GetProperty("code").GetInt32()));
        Assert.Equal(["5", $"{commitTs}", "anna", "seen in TiKV", "2024-05-06T07:08:09Z"], answer.GetProperty("data").EnumerateObject().Select(property => property.Value.ToString()));
        Assert.Equal(6UL, server.Store.Held!.StartTs);
    }

    public static TheoryData<string, string, HttpStatusCode, int, string> Refused => new()
    {
        { "/transactions/5/rollback", "", HttpStatusCode.BadRequest, 1, "\"by\" is missing" },
        { "/transactions/5/rollback", """{"by": "anna"}""", HttpStatusCode.BadRequest, 1, "\"reason\" is missing" },
        { "/transactions/5/rollback", """{"by": 7, "reason": "why"}""", HttpStatusCode.BadRequest, 1, "\"by\" is missing" },
        { "/transactions/5/rollback", """{"by": "\ud800", "reason": "why"}""", HttpStatusCode.BadRequest, 1, "\"by\" is missing" },
        { "/transactions/5/rollback", "[1]", HttpStatusCode.BadRequest, 1, "no object" },
        { "/transactions/5/rollback", new string(' ', 20_000), HttpStatusCode.BadRequest, 1, "longer than 16384 bytes" },
        { "/transactions/x/rollback", Body, HttpStatusCode.BadRequest, 1, "startTs is \"x\"" },
        { "/transactions/-5/rollback", Body, HttpStatusCode.BadRequest, 1, "startTs is \"-5\"" },
        { "/transactions/5/commit/99999999999999999999", Body, HttpStatusCode.BadRequest, 1, "commitTs is \"99999999999999999999\"" },
        { "/transactions/5/commit/4", Body, HttpStatusCode.BadRequest, 1, "not above the start TS" },
        { "/transactions/7/rollback", Body, HttpStatusCode.NotFound, 2, "not undecided on this Pump" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Put_Wrong_RefusedWithReason(string path, string body, HttpStatusCode expected, int code, string problem)
    {
        await using DecidingServer server = await DecidingServer.StartAsync();
        server.Store.Prewrite(5);

        (HttpStatusCode status, JsonElement answer) = await PutAsync(server, path, body);

        Assert.Equal((expected, code), (status, answer.GetProperty("code").GetInt32()));
        Assert.Contains(problem, answer.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("data").ValueKind);
        Assert.Empty(server.Store.Decisions);
    }

    private static async Task<JsonElement> ListAsync(DecidingServer server, string query = "") =>
        JsonElement.Parse(await Http.GetStringAsync(server.Uri($"/transactions{query}"), Cancelled));

    private static async Task<(HttpStatusCode Status, JsonElement Answer)> PutAsync(DecidingServer server, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await Http.PutAsync(server.Uri(path), content, Cancelled);
        return (response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancelled)));
    }
}
