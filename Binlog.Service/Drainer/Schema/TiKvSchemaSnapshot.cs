using System.Globalization;
using System.Text;
using Binlog.Cluster;
using Binlog.Cluster.TiKv;
using Binlog.TiDB;
using Binlog.TiDB.Keys;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Schema;

/// <summary>
/// Reads the schema as of a timestamp from TiKV: the hash DBs, the tables in each DB:ID, and SchemaVersionKey. The timestamp must be above the cluster's
/// GC safe point; below it, what was dropped or changed since may be missing without a sign.
/// </summary>
internal static class TiKvSchemaSnapshot
{
    /// <summary>Reads it.</summary>
    /// <exception cref="SchemaHistoryException">TiKV can't be asked, or a value is not what it must be; the message names the key.</exception>
    public static async Task<SchemaSnapshot> ReadAsync(TiKvSnapshot snapshot, CancellationToken cancellationToken)
    {
        try
        {
            long version = await ReadVersionAsync(snapshot, cancellationToken);
            var databases = new List<DbInfo>();
            var tables = new List<(long, TableInfo)>();
            await foreach (KeyValue pair in snapshot.ScanPrefixAsync(MetaKey.HashPrefix(MetaKey.Databases), cancellationToken))
            {
                databases.Add(Read(pair, "DB:", DbInfo.Parse, info => info.Id));
            }

            foreach (DbInfo database in databases)
            {
                // The field's first bytes stand in the key as they are; those of counters begin otherwise.
                byte[] prefix = [.. MetaKey.HashPrefix(MetaKey.DatabaseName(database.Id)), .. "Table:"u8];
                await foreach (KeyValue pair in snapshot.ScanPrefixAsync(prefix, cancellationToken))
                {
                    tables.Add((database.Id, Read(pair, "Table:", TableInfo.Parse, info => info.Id)));
                }
            }

            return new SchemaSnapshot(version, databases, tables);
        }
        catch (ClusterException exception)
        {
            throw new SchemaHistoryException($"The schema as of {snapshot.Timestamp} can't be read from TiKV: {exception.Message}", innerException: exception);
        }
    }

    private static async Task<long> ReadVersionAsync(TiKvSnapshot snapshot, CancellationToken cancellationToken)
    {
        byte[] key = MetaKey.ForString(MetaKey.SchemaVersion);
        ReadOnlyMemory<byte>? value = await snapshot.GetAsync(key, cancellationToken);
        string text = value is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : "nothing";
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long version)
            ? version
            : throw Damaged(key, $"it must be the schema version as of {snapshot.Timestamp}, a decimal number, and is \"{text}\".");
    }

    private static T Read<T>(KeyValue pair, string fieldPrefix, Parser<T> parse, Func<T, long> idOf)
    {
        try
        {
            T info = parse(pair.Value.Span);
            string field = Encoding.UTF8.GetString(MetaKey.Parse(pair.Key.Span).Field.Span);
            string expected = string.Create(CultureInfo.InvariantCulture, $"{fieldPrefix}{idOf(info)}");
            return field == expected ? info : throw Damaged(pair.Key, $"its field is {field}, and its value is that of {expected}.");
        }
        catch (TiDBFormatException exception)
        {
            throw Damaged(pair.Key, exception.Message, exception);
        }
    }

    private static SchemaHistoryException Damaged(ReadOnlyMemory<byte> key, string reason, Exception? cause = null) =>
        new($"The schema in TiKV is damaged at key {Convert.ToHexString(key.Span)}: {reason}", innerException: cause);

    private delegate T Parser<out T>(ReadOnlySpan<byte> json);
}
