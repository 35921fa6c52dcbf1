using System.Collections.Immutable;
using Binlog.TiDB.Codec;

namespace Binlog.Service.Downstream.Condensing;

/// <summary>Compares rows by the values of some of their columns, as bytes: what is the same here is the same in every collation.</summary>
internal static class KeyValues
{
    /// <summary>A hash of the values; the same for equal values within this process.</summary>
    public static int Hash(ImmutableArray<int> columns, ReadOnlySpan<Datum> values, ReadOnlySpan<byte> source)
    {
        var hash = default(HashCode);
        foreach (int column in columns)
        {
            ref readonly Datum value = ref values[column];
            hash.Add((int)value.Kind);
            if (RefersToBytes(value.Kind))
            {
                hash.AddBytes(value.PayloadOf(source));
            }
            else
            {
                hash.Add(value.AsUInt64);
            }
        }

        return hash.ToHashCode();
    }

    /// <summary>Whether both rows have the same values. A value that a row doesn't carry equals none.</summary>
    public static bool AreEqual(ImmutableArray<int> columns, ReadOnlySpan<Datum> left, ReadOnlySpan<Datum> right, ReadOnlySpan<byte> source)
    {
        foreach (int column in columns)
        {
            if (!AreEqual(left[column], right[column], source))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether two values are the same. A value that a row doesn't carry equals none.</summary>
    public static bool AreEqual(in Datum left, in Datum right, ReadOnlySpan<byte> source) =>
        left.Kind == right.Kind && left.Kind != DatumKind.Missing
        && (RefersToBytes(left.Kind) ? left.PayloadOf(source).SequenceEqual(right.PayloadOf(source)) : left.AsUInt64 == right.AsUInt64);

    /// <summary>Whether a value is bytes that stand elsewhere.</summary>
    public static bool RefersToBytes(DatumKind kind) =>
        kind is DatumKind.Bytes or DatumKind.Decimal or DatumKind.Json or DatumKind.ComparableBytes or DatumKind.Vector;
}
