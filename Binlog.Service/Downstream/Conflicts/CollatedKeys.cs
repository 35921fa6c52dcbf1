using System.Collections.Immutable;
using Binlog.Service.Downstream.Condensing;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.Conflicts;

/// <summary>
/// Hashes of unique keys that are the same for keys which a target takes for one, whatever their bytes are: text that a collation may take for equal, and numbers that have
/// several forms, count as equal always; spaces at the end of text don't count.
/// </summary>
internal static class CollatedKeys
{
    /// <summary>Hashes a row's key; false when it has a NULL, and so is not unique.</summary>
    /// <param name="batch">Where the values are.</param>
    /// <param name="table">The table.</param>
    /// <param name="key">Index of the key in <see cref="TableSchema.UniqueKeys"/>.</param>
    /// <param name="values">The row.</param>
    /// <param name="hash">The hash; the same within this process.</param>
    public static bool TryHash(ChangeBatch batch, TableSchema table, int key, ReadOnlySpan<Datum> values, out int hash)
    {
        ImmutableArray<int> columns = table.UniqueKeys[key];
        var sum = default(HashCode);
        sum.Add(table.Info.Id);
        sum.Add(key);
        foreach (int column in columns)
        {
            ref readonly Datum value = ref values[column];
            if (value.Kind is DatumKind.Null or DatumKind.Missing)
            {
                hash = 0;
                return false;
            }

            Add(ref sum, table.Columns[column].Type, value, batch.Source);
        }

        hash = sum.ToHashCode();
        return true;
    }

    private static void Add(ref HashCode sum, FieldType type, in Datum value, ReadOnlySpan<byte> source)
    {
        if (!KeyValues.RefersToBytes(value.Kind))
        {
            if (type.Tp is not (ColumnType.Float or ColumnType.Double))
            {
                sum.Add(value.AsUInt64);
            }
        }
        else if (type.IsString && type.IsBinary)
        {
            sum.AddBytes(value.PayloadOf(source));
        }
        else if (type.IsString && type.Collate.EndsWith("_bin", StringComparison.OrdinalIgnoreCase))
        {
            sum.AddBytes(value.PayloadOf(source).TrimEnd((byte)' '));
        }
    }
}
