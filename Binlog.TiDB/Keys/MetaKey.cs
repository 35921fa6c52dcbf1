using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Binlog.TiDB.Codec;

namespace Binlog.TiDB.Keys;

/// <summary>
/// A key of TiDB's meta data in TiKV: <c>'m' EncodeBytes(key) EncodeUint(kind)</c>, then for hash data <c>EncodeBytes(field)</c> and for
/// list data <c>EncodeInt(index)</c>. These are the raw keys that transactional requests take; only region look-ups need
/// <see cref="ComparableCodec.WriteBytes"/> around them.
/// </summary>
public sealed class MetaKey
{
    /// <summary>Hash of finished DDL jobs, by job id.</summary>
    public const string DdlJobHistory = "DDLJobHistory";

    /// <summary>Hash of databases.</summary>
    public const string Databases = "DBs";

    /// <summary>String: the schema version as decimal text.</summary>
    public const string SchemaVersion = "SchemaVersionKey";

    /// <summary>String: the largest id given out, as decimal text.</summary>
    public const string NextGlobalId = "NextGlobalID";

    private const byte Prefix = (byte)'m';

    private MetaKey(MetaKeyKind kind, byte[] key, byte[] field, long index)
    {
        Kind = kind;
        Key = key;
        Field = field;
        Index = index;
    }

    /// <summary>What is addressed.</summary>
    public MetaKeyKind Kind { get; }

    /// <summary>Name of the string, hash or list.</summary>
    public ReadOnlyMemory<byte> Key { get; }

    /// <summary>Field, for hash data.</summary>
    public ReadOnlyMemory<byte> Field { get; }

    /// <summary>Position, for list data.</summary>
    public long Index { get; }

    /// <summary><see cref="Key"/> as text.</summary>
    public string Name => Encoding.UTF8.GetString(Key.Span);

    /// <summary>True for an entry of the DDL history.</summary>
    public bool IsDdlHistoryJob => Kind == MetaKeyKind.HashData && Field.Length == 8 && Name == DdlJobHistory;

    /// <summary>The job id that an entry of the DDL history has as its field.</summary>
    public long JobId => IsDdlHistoryJob
        ? BinaryPrimitives.ReadInt64BigEndian(Field.Span)
        : throw new InvalidOperationException($"The meta key of {Name} is no entry of the DDL history.");

    /// <summary>Key of a plain value.</summary>
    public static byte[] ForString(string key) => Encode(MetaKeyKind.StringData, key, static (_, _) => { }, 0);

    /// <summary>Key of a field of a hash.</summary>
    public static byte[] ForHashField(string key, ReadOnlySpan<byte> field) =>
        Encode(MetaKeyKind.HashData, key, static (writer, bytes) => ComparableCodec.WriteBytes(writer, bytes), field.ToArray());

    /// <summary>Key of the field count of a hash.</summary>
    public static byte[] ForHashMeta(string key) => Encode(MetaKeyKind.HashMeta, key, static (_, _) => { }, 0);

    /// <summary>Key of an element of a list.</summary>
    public static byte[] ForListElement(string key, long index) => Encode(MetaKeyKind.ListData, key, ComparableCodec.WriteInt64, index);

    /// <summary>Key of the bounds of a list.</summary>
    public static byte[] ForListMeta(string key) => Encode(MetaKeyKind.ListMeta, key, static (_, _) => { }, 0);

    /// <summary>What all fields of a hash start with: the range to scan.</summary>
    public static byte[] HashPrefix(string key) => Encode(MetaKeyKind.HashData, key, static (_, _) => { }, 0);

    /// <summary>Key of a finished DDL job.</summary>
    public static byte[] ForDdlJob(long jobId)
    {
        Span<byte> field = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(field, jobId);
        return ForHashField(DdlJobHistory, field);
    }

    /// <summary>Key of a database's DBInfo.</summary>
    public static byte[] ForDatabase(long databaseId) => ForHashField(Databases, Encoding.ASCII.GetBytes(DatabaseName(databaseId)));

    /// <summary>Key of a table's TableInfo.</summary>
    public static byte[] ForTable(long databaseId, long tableId) => ForHashField(
        DatabaseName(databaseId), Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Table:{tableId}")));

    /// <summary>Name of the hash that holds a database's tables.</summary>
    public static string DatabaseName(long databaseId) => string.Create(CultureInfo.InvariantCulture, $"DB:{databaseId}");

    /// <summary>Takes a key apart.</summary>
    /// <exception cref="TiDBFormatException">The bytes are no meta key.</exception>
    public static MetaKey Parse(ReadOnlySpan<byte> raw)
    {
        if (raw.IsEmpty || raw[0] != Prefix)
        {
            TiDBFormatException.Throw("meta key", 0, "'m'", raw.IsEmpty ? "nothing" : $"0x{raw[0]:x2}");
        }

        var position = 1;
        var key = ReadBytes(raw, ref position);
        var kindAt = position;
        var kind = ComparableCodec.ReadUInt64(raw, ref position);
        if (kind > byte.MaxValue || !Enum.IsDefined((MetaKeyKind)kind))
        {
            TiDBFormatException.Throw("meta key", kindAt, "the code of a string, hash or list", $"0x{kind:x}");
        }

        var field = (MetaKeyKind)kind == MetaKeyKind.HashData ? ReadBytes(raw, ref position) : [];
        var index = (MetaKeyKind)kind == MetaKeyKind.ListData ? ComparableCodec.ReadInt64(raw, ref position) : 0;
        if (position != raw.Length)
        {
            TiDBFormatException.Throw("meta key", position, "the end", $"{raw.Length - position} more bytes");
        }

        return new MetaKey((MetaKeyKind)kind, key, field, index);
    }

    private static byte[] ReadBytes(ReadOnlySpan<byte> raw, ref int position)
    {
        var writer = new ArrayBufferWriter<byte>();
        ComparableCodec.ReadBytes(raw, ref position, writer);
        return writer.WrittenSpan.ToArray();
    }

    private static byte[] Encode<T>(MetaKeyKind kind, string key, Action<IBufferWriter<byte>, T> writeRest, T rest)
    {
        ArgumentNullException.ThrowIfNull(key);
        var writer = new ArrayBufferWriter<byte>();
        writer.Write([Prefix]);
        ComparableCodec.WriteBytes(writer, Encoding.UTF8.GetBytes(key));
        ComparableCodec.WriteUInt64(writer, (byte)kind);
        writeRest(writer, rest);
        return writer.WrittenSpan.ToArray();
    }
}
