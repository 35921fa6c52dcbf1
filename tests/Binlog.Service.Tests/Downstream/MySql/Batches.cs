using System.Text;
using Binlog.Service.Downstream;
using Binlog.TiDB.Codec;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>Fills batches by hand: null is NULL, int and long are integers, ulong an unsigned one, double, string and bytes as they say, a datum itself.</summary>
internal static class Batches
{
    /// <summary>Adds an inserted row.</summary>
    public static ChangeBatch Insert(this ChangeBatch batch, TableSchema table, params object?[] values) => batch.Add(table, RowChangeKind.Insert, null, values);

    /// <summary>Adds a deleted row.</summary>
    public static ChangeBatch Delete(this ChangeBatch batch, TableSchema table, params object?[] values) => batch.Add(table, RowChangeKind.Delete, values, null);

    /// <summary>Adds an updated row.</summary>
    public static ChangeBatch Update(this ChangeBatch batch, TableSchema table, object?[] old, object?[] values) => batch.Add(table, RowChangeKind.Update, old, values);

    private static ChangeBatch Add(this ChangeBatch batch, TableSchema table, RowChangeKind kind, object?[]? old, object?[]? values)
    {
        int oldIndex = Values(batch, old);
        batch.AddRow(new RowChange(table, kind, oldIndex, Values(batch, values), CommitTs: 42));
        batch.Transactions = 1;
        return batch;
    }

    private static int Values(ChangeBatch batch, object?[]? values)
    {
        if (values is null)
        {
            return -1;
        }

        Datum[] datums = [.. values.Select(value => ToDatum(batch, value))];
        int first = batch.AddValues(datums.Length);
        datums.CopyTo(batch.Values(first, datums.Length));
        return first;
    }

    private static Datum ToDatum(ChangeBatch batch, object? value) => value switch
    {
        null => Datum.Null,
        int number => Datum.FromInt64(number),
        long number => Datum.FromInt64(number),
        ulong number => Datum.FromUInt64(number),
        double number => Datum.FromDouble(number),
        string text => Bytes(batch, Encoding.UTF8.GetBytes(text)),
        byte[] bytes => Bytes(batch, bytes),
        Datum datum => datum,
        _ => throw new ArgumentException($"no datum for {value.GetType()}"),
    };

    private static Datum Bytes(ChangeBatch batch, byte[] bytes) => Datum.FromRange(DatumKind.Bytes, batch.AddSource(bytes), bytes.Length);
}
