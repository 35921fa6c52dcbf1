using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.MySql.Rows;

/// <summary>Chooses a column's <see cref="LiteralKind"/>.</summary>
internal static class LiteralKinds
{
    /// <summary>The kind for a column type.</summary>
    public static LiteralKind Of(FieldType type) => type.Tp switch
    {
        ColumnType.Float or ColumnType.Double => LiteralKind.Double,
        ColumnType.Decimal or ColumnType.NewDecimal => LiteralKind.Decimal,
        ColumnType.Date or ColumnType.NewDate or ColumnType.DateTime or ColumnType.Timestamp or ColumnType.Time => LiteralKind.Time,
        ColumnType.Json => LiteralKind.Json,
        ColumnType.Vector => LiteralKind.Vector,
        _ when type.IsString => type.IsBinary ? LiteralKind.Binary : LiteralKind.Text,
        ColumnType.Geometry => LiteralKind.Binary,
        _ => LiteralKind.Number,
    };
}
