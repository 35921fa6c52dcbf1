using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Binlog.ClusterKit.Etcd;

/// <summary>etcd's own HTTP form of its API: what another program writes and reads, and what an administrator does.</summary>
public sealed class EtcdGateway : IDisposable
{
    private readonly EtcdServer _server;
    private readonly HttpClient _http = new();

    internal EtcdGateway(EtcdServer server) => _server = server;

    /// <summary>Token of a user for the calls that follow; null for none.</summary>
    public string? Token { get; set; }

    /// <summary>Writes a key and returns the store's revision.</summary>
    public async Task<long> PutAsync(string key, string value, CancellationToken cancellationToken) =>
        RevisionOf(await CallAsync("kv/put", new JsonObject { ["key"] = Encode(key), ["value"] = Encode(value) }, cancellationToken).ConfigureAwait(false));

    /// <summary>The key's value; null when there is none.</summary>
    public async Task<string?> GetAsync(string key, CancellationToken cancellationToken)
    {
        JsonObject answer = await CallAsync("kv/range", new JsonObject { ["key"] = Encode(key) }, cancellationToken).ConfigureAwait(false);
        return answer["kvs"] is JsonArray { Count: 1 } kvs ? Decode((string?)kvs[0]!["value"] ?? "") : null;
    }

    /// <summary>All keys that begin so, with their values, in order.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        string end = prefix[..^1] + (char)(prefix[^1] + 1);
        JsonObject answer = await CallAsync("kv/range", new JsonObject { ["key"] = Encode(prefix), ["range_end"] = Encode(end) }, cancellationToken).ConfigureAwait(false);
        return (answer["kvs"] as JsonArray ?? []).ToDictionary(kv => Decode((string)kv!["key"]!), kv => Decode((string?)kv!["value"] ?? ""));
    }

    /// <summary>Removes a key and returns the store's revision.</summary>
    public async Task<long> DeleteAsync(string key, CancellationToken cancellationToken) =>
        RevisionOf(await CallAsync("kv/deleterange", new JsonObject { ["key"] = Encode(key) }, cancellationToken).ConfigureAwait(false));

    /// <summary>Forgets all older states of the store.</summary>
    public Task CompactAsync(long revision, CancellationToken cancellationToken) =>
        CallAsync("kv/compaction", new JsonObject { ["revision"] = revision, ["physical"] = true }, cancellationToken);

    /// <summary>IDs of this member and of the leader that it knows.</summary>
    public async Task<(string Member, string Leader)> StatusAsync(CancellationToken cancellationToken)
    {
        JsonObject answer = await CallAsync("maintenance/status", [], cancellationToken).ConfigureAwait(false);
        return ((string)answer["header"]!["member_id"]!, (string?)answer["leader"] ?? "");
    }

    /// <summary>Adds the user root, and one that may do everything under the given prefixes, and turns authentication on.</summary>
    public async Task EnableAuthAsync(string rootPassword, string user, string password, IEnumerable<string> prefixes, CancellationToken cancellationToken)
    {
        await CallAsync("auth/user/add", new JsonObject { ["name"] = "root", ["password"] = rootPassword }, cancellationToken).ConfigureAwait(false);
        await CallAsync("auth/user/grant", new JsonObject { ["user"] = "root", ["role"] = "root" }, cancellationToken).ConfigureAwait(false);
        await CallAsync("auth/role/add", new JsonObject { ["name"] = "binlog" }, cancellationToken).ConfigureAwait(false);
        foreach (string prefix in prefixes)
        {
            var permission = new JsonObject { ["permType"] = "READWRITE", ["key"] = Encode(prefix), ["range_end"] = Encode(prefix[..^1] + (char)(prefix[^1] + 1)) };
            await CallAsync("auth/role/grant", new JsonObject { ["name"] = "binlog", ["perm"] = permission }, cancellationToken).ConfigureAwait(false);
        }

        await CallAsync("auth/user/add", new JsonObject { ["name"] = user, ["password"] = password }, cancellationToken).ConfigureAwait(false);
        await CallAsync("auth/user/grant", new JsonObject { ["user"] = user, ["role"] = "binlog" }, cancellationToken).ConfigureAwait(false);
        await CallAsync("auth/enable", [], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a token for <see cref="Token"/>.</summary>
    public async Task LogInAsync(string user, string password, CancellationToken cancellationToken)
    {
        Token = null;
        JsonObject answer = await CallAsync("auth/authenticate", new JsonObject { ["name"] = user, ["password"] = password }, cancellationToken).ConfigureAwait(false);
        Token = (string)answer["token"]!;
    }

    /// <summary>Any call of the API: its path after <c>/v3/</c> and its request.</summary>
    public async Task<JsonObject> CallAsync(string path, JsonObject request, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri($"{_server.Endpoint}/v3/{path}")) { Content = JsonContent.Create(request) };
        if (Token is not null)
        {
            message.Headers.TryAddWithoutValidation("Authorization", Token);
        }

        using HttpResponseMessage response = await _http.SendAsync(message, cancellationToken).ConfigureAwait(false);
        string answer = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        return response.IsSuccessStatusCode
            ? (JsonObject)JsonNode.Parse(answer)!
            : throw new InvalidOperationException($"etcd's {path} answered {(int)response.StatusCode}: {answer}");
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private static long RevisionOf(JsonObject answer) => long.Parse((string)answer["header"]!["revision"]!, System.Globalization.CultureInfo.InvariantCulture);

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Decode(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));
}
