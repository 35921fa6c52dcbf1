using System.Collections.Immutable;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.TiDB.Codec;

namespace Binlog.Service.Drainer.Applying.Large;

/// <summary>
/// The unique-key values that a row change gives up and takes, as 64-bit hashes. Values that are the same have the same hash; different ones may have, which
/// costs time and changes nothing. Reused from row to row. Not thread-safe.
/// </summary>
internal sealed class RowKeys
{
    private const ulong Seed = 0xCBF2_9CE4_8422_2325;

    /// <summary>Values that the row gives up.</summary>
    public List<ulong> Released { get; } = [];

    /// <summary>Values that the row takes.</summary>
    public List<ulong> Taken { get; } = [];

    /// <summary>Whether some value can't be told, because the row doesn't carry it or the key is over parts of columns.</summary>
    public bool AreUnknown { get; private set; }

    /// <summary>Whether the row gives up something.</summary>
    public bool Releases { get; private set; }

    /// <summary>Whether the row takes something.</summary>
    public bool Takes { get; private set; }

    /// <summary>Identifies a row of a table that has an identity.</summary>
    public static ulong IdentityOf(TableSchema table, ReadOnlySpan<Datum> values, ReadOnlySpan<byte> source)
    {
        ulong hash = Mix(Seed, (ulong)table.Info.Id);
        foreach (int column in table.Identity)
        {
            hash = Add(hash, values[column], source, isFolded: false);
        }

        return hash;
    }

    /// <summary>Looks at a row.</summary>
    public void Set(ChangeBatch batch, in RowChange row)
    {
        Released.Clear();
        Taken.Clear();
        TableSchema table = row.Table;
        bool changes = row.Kind != RowChangeKind.Update || table.HasComputedKey || !KeyValues.AreEqual(table.KeyColumns, batch.Old(row), batch.New(row), batch.Source);
        Releases = changes && row.Kind != RowChangeKind.Insert;
        Takes = changes && row.Kind != RowChangeKind.Delete;
        AreUnknown = changes && (table.HasHiddenKey || table.HasComputedKey);
        for (int index = 0; changes && index < table.UniqueKeys.Length; index++)
        {
            ImmutableArray<int> key = table.UniqueKeys[index];
            if (row.Kind == RowChangeKind.Update && KeyValues.AreEqual(key, batch.Old(row), batch.New(row), batch.Source))
            {
                continue;
            }

            if (Releases)
            {
                Add(Released, table, index, batch.Old(row), batch.Source);
            }

            if (Takes)
            {
                Add(Taken, table, index, batch.New(row), batch.Source);
            }
        }
    }

    /// <summary>NULL meets nothing.</summary>
    private void Add(List<ulong> hashes, TableSchema table, int index, ReadOnlySpan<Datum> values, ReadOnlySpan<byte> source)
    {
        ulong hash = Mix(Mix(Seed, (ulong)table.Info.Id), (ulong)index);
        foreach (int column in table.UniqueKeys[index])
        {
            if (values[column].IsNull)
            {
                return;
            }

            AreUnknown |= values[column].IsMissing;
            hash = Add(hash, values[column], source, isFolded: true);
        }

        hashes.Add(hash);
    }

    /// <summary>Folded, text that differs in the case of ASCII letters or in spaces at its end is the same, as it is in many collations.</summary>
    private static ulong Add(ulong hash, in Datum value, ReadOnlySpan<byte> source, bool isFolded)
    {
        if (!KeyValues.RefersToBytes(value.Kind))
        {
            bool isZero = value.Kind == DatumKind.Double && value.AsDouble == 0;
            return Mix(hash, isZero ? 0 : value.AsUInt64);
        }

        ReadOnlySpan<byte> bytes = value.PayloadOf(source);
        bytes = isFolded ? bytes.TrimEnd((byte)' ') : bytes;
        foreach (byte one in bytes)
        {
            hash = (hash ^ (isFolded && one is >= (byte)'A' and <= (byte)'Z' ? one | 0x20UL : one)) * 0x100_0000_01B3;
        }

        return Mix(hash, (ulong)bytes.Length);
    }

    private static ulong Mix(ulong hash, ulong value)
    {
        hash = (hash ^ value) * 0x9E37_79B9_7F4A_7C15;
        return hash ^ (hash >> 29);
    }
}
