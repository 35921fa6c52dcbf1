using System.Text.Json;
using Binlog.Service.Configuration.Importing.Toml;

namespace Binlog.Service.Downstream.Outside;

/// <summary>The checkpoint of TiDB Binlog's Drainer. Sources: tidb-binlog drainer/checkpoint/mysql.go and file.go.</summary>
/// <param name="CommitTs">Everything up to here is applied.</param>
/// <param name="IsConsistent">Whether that Drainer ended in order. Otherwise it runs, or was killed, and may have applied more.</param>
/// <param name="Where">Where it was found.</param>
internal sealed record OriginalCheckpoint(ulong CommitTs, bool IsConsistent, string Where)
{
    /// <summary>Reads the column <c>checkPoint</c>.</summary>
    /// <exception cref="TargetException">It isn't what that Drainer writes.</exception>
    public static OriginalCheckpoint OfJson(string json, string where)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            return Of(root.GetProperty("commitTS").GetInt64(), root.TryGetProperty("consistent", out JsonElement consistent) && consistent.GetBoolean(), where);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Unreadable(where, exception);
        }
    }

    /// <summary>Reads the file <c>savepoint</c>. That of <c>binlogctl generate_meta</c> has the commit TS alone: nothing of it was applied.</summary>
    /// <exception cref="TargetException">It isn't what that Drainer writes.</exception>
    public static OriginalCheckpoint OfToml(string toml, string where)
    {
        try
        {
            TomlTable table = TomlReader.Read(toml);
            return table.TryGet("commitTS", out TomlValue? commitTs)
                ? Of(commitTs.AsInteger(), !table.TryGet("consistent", out TomlValue? consistent) || consistent.AsBoolean(), where)
                : throw Unreadable(where, null);
        }
        catch (TomlException exception)
        {
            throw Unreadable(where, exception);
        }
    }

    private static OriginalCheckpoint Of(long commitTs, bool isConsistent, string where) =>
        commitTs >= 0 ? new OriginalCheckpoint((ulong)commitTs, isConsistent, where) : throw Unreadable(where, null);

    private static TargetException Unreadable(string where, Exception? cause) => new(
        $"{where} is not a checkpoint of TiDB Binlog's Drainer: {cause?.Message ?? "it has no commitTS"}. To start without it, set drainer.checkpoint.takeOver to false and drainer.initialCommitTs to where the target is.",
        isTransient: false,
        cause);
}
