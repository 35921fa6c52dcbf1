using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;

namespace Binlog.TiDB.Tests;

/// <summary>One decoded row change, defaults filled in, by column name.</summary>
public sealed record DecodedRow(
    long TableId, MutationType Kind, IReadOnlyDictionary<string, DrainerArgument> OldValues, IReadOnlyDictionary<string, DrainerArgument> NewValues)
{
    public static List<DecodedRow> ReadAll(byte[] payload, ByteRange prewriteValue, Func<long, RowDecoder?> decoderOf)
    {
        var rows = new List<DecodedRow>();
        var reader = new PrewriteValueReader(payload, prewriteValue);
        while (reader.TryReadTable(out var table))
        {
            var decoder = decoderOf(table.TableId);
            while (table.TryReadNext(out var mutation))
            {
                if (decoder is not null)
                {
                    rows.Add(Decode(decoder, payload, table.TableId, mutation));
                }
            }
        }

        return rows;
    }

    private static DecodedRow Decode(RowDecoder decoder, byte[] payload, long tableId, RowMutation mutation)
    {
        var oldValues = new Datum[decoder.ColumnCount];
        var newValues = new Datum[decoder.ColumnCount];
        switch (mutation.Kind)
        {
            case MutationType.Insert:
                decoder.DecodeInsert(payload, mutation.Offset, mutation.Length, newValues);
                break;
            case MutationType.Update:
                decoder.DecodeUpdate(payload, mutation.Offset, mutation.Length, oldValues, newValues);
                break;
            default:
                decoder.DecodeDelete(payload, mutation.Offset, mutation.Length, oldValues);
                break;
        }

        return new DecodedRow(
            tableId,
            mutation.Kind,
            mutation.Kind == MutationType.Insert ? Empty : Name(decoder, payload, oldValues),
            mutation.Kind == MutationType.DeleteRow ? Empty : Name(decoder, payload, newValues));
    }

    private static readonly Dictionary<string, DrainerArgument> Empty = [];

    private static Dictionary<string, DrainerArgument> Name(RowDecoder decoder, byte[] payload, Datum[] values)
    {
        var named = new Dictionary<string, DrainerArgument>();
        for (var index = 0; index < values.Length; index++)
        {
            var column = decoder.Columns[index];
            named[column.Name] = values[index].IsMissing
                ? DrainerArgument.FromDatum(decoder.DefaultOf(index).Value, decoder.DefaultOf(index).Source, column.Type)
                : DrainerArgument.FromDatum(values[index], payload, column.Type);
        }

        return named;
    }
}
