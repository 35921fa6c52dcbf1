using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Binlog.ClusterKit.TiKv;
using Binlog.TiDB.Keys;

namespace Binlog.ClusterKit.TiDb;

/// <summary>Raw keys that a real cluster had in TiKV: JSON lines with <c>key_hex</c> and <c>value_text</c> or <c>value_hex</c>, gzip.</summary>
internal static class RecordedKeys
{
    /// <summary>Loads them into a double, committed long ago; those that <c>mayLoad</c> takes.</summary>
    public static async Task LoadAsync(StoredData data, string file, CancellationToken cancellationToken, Predicate<MetaKey>? mayLoad = null)
    {
        await using var gzip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            using JsonDocument json = JsonDocument.Parse(line);
            byte[] key = Convert.FromHexString(json.RootElement.GetProperty("key_hex").GetString()!);
            if (mayLoad?.Invoke(MetaKey.Parse(key)) == false)
            {
                continue;
            }

            byte[] value = json.RootElement.TryGetProperty("value_hex", out JsonElement hex)
                ? Convert.FromHexString(hex.GetString()!)
                : Encoding.UTF8.GetBytes(json.RootElement.GetProperty("value_text").GetString()!);
            data.Put(key, value, startTs: 1, commitTs: 2);
        }
    }
}
