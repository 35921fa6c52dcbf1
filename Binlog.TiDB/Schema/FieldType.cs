using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

/// <summary>A column's SQL type.</summary>
public sealed record FieldType
{
    /// <summary>Length or precision that stands for "not specified".</summary>
    public const int Unspecified = -1;

    [JsonPropertyName("Tp")]
    public ColumnType Tp { get; init; }

    [JsonPropertyName("Flag")]
    public ColumnFlags Flag { get; init; }

    /// <summary>Characters, bytes, digits or bits, by type; -1 when not specified. LONGTEXT has 4294967295.</summary>
    [JsonPropertyName("Flen")]
    public long Length { get; init; }

    /// <summary>Digits after the point, or of a second's fraction; -1 when not specified.</summary>
    [JsonPropertyName("Decimal")]
    public int Decimals { get; init; }

    [JsonPropertyName("Charset")]
    public string Charset { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("Collate")]
    public string Collate { get; init => field = value ?? ""; } = "";

    /// <summary>Names of an ENUM or SET, in order.</summary>
    [JsonPropertyName("Elems")]
    public IReadOnlyList<string> Elements { get; init => field = SchemaList.Checked(value); } = [];

    [JsonIgnore]
    public bool IsUnsigned => (Flag & ColumnFlags.Unsigned) != 0;

    [JsonIgnore]
    public bool NotNull => (Flag & ColumnFlags.NotNull) != 0;

    [JsonIgnore]
    public bool IsPrimaryKey => (Flag & ColumnFlags.PrimaryKey) != 0;

    /// <summary>True for the BLOB and BINARY types among the string types: their charset is "binary".</summary>
    [JsonIgnore]
    public bool IsBinary => IsString && Charset == "binary";

    /// <summary>CHAR, VARCHAR, the TEXT types, and their binary twins.</summary>
    [JsonIgnore]
    public bool IsString => Tp is ColumnType.VarChar or (>= ColumnType.TinyBlob and <= ColumnType.String);

    /// <summary>TINYINT to BIGINT.</summary>
    [JsonIgnore]
    public bool IsInteger => Tp is ColumnType.TinyInt or ColumnType.SmallInt or ColumnType.MediumInt or ColumnType.Int or ColumnType.BigInt;

    /// <summary>DATE, DATETIME and TIMESTAMP: packed times.</summary>
    [JsonIgnore]
    public bool IsPackedTime => Tp is ColumnType.Date or ColumnType.NewDate or ColumnType.DateTime or ColumnType.Timestamp;

    /// <summary>Digits of a second's fraction that a time of this type shows, 0 to 6.</summary>
    [JsonIgnore]
    public int FractionalSeconds => Math.Clamp(Decimals, 0, 6);
}
