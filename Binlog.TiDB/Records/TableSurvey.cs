namespace Binlog.TiDB.Records;

/// <summary>What a first pass over the changes of one table finds: where each list begins, -1 for one that is empty, and how many rows there are.</summary>
internal struct TableSurvey
{
    public long TableId;
    public int RowCount;
    public int Inserted;
    public int Updated;
    public int Deleted;
    public int Sequence;

    /// <summary>Walks the message that the reader stands at the begin of.</summary>
    /// <exception cref="TiDBFormatException">It is malformed, or its sequence has another number of rows.</exception>
    public static TableSurvey Of<TReader>(ref TReader reader)
        where TReader : IProtoReader, allows ref struct
    {
        var found = new TableSurvey { Inserted = -1, Updated = -1, Deleted = -1, Sequence = -1 };
        var sequence = 0;
        var offset = reader.Position;
        for (var start = offset; reader.TryReadField(out var field); start = reader.Position)
        {
            switch (field)
            {
                case BinlogField.TableId:
                    found.TableId = reader.ReadInt64("table_id");
                    break;
                case BinlogField.InsertedRows:
                    found.AddRow(ref found.Inserted, start, ref reader);
                    break;
                case BinlogField.UpdatedRows:
                    found.AddRow(ref found.Updated, start, ref reader);
                    break;
                case BinlogField.DeletedRows:
                    found.AddRow(ref found.Deleted, start, ref reader);
                    break;
                case BinlogField.DeletedIds or BinlogField.DeletedPks:
                    TiDBFormatException.Throw("table mutation", start, "deleted rows in field 6", $"the obsolete field {field}");
                    break;
                case BinlogField.Sequence:
                    Remember(ref found.Sequence, start);
                    sequence += CountSequence(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (found.RowCount != sequence)
        {
            TiDBFormatException.Throw($"mutation of table {found.TableId}", offset, $"a sequence of {found.RowCount} rows", $"{sequence}");
        }

        return found;
    }

    /// <summary>Refuses a sequence that names a list with no rows left.</summary>
    public static void RefuseMissing(int position, int wanted) =>
        TiDBFormatException.Throw("table mutation", position, $"a row in field {wanted}", "none left");

    /// <summary>Refuses a sequence that names no list.</summary>
    public static void RefuseKind(int position, long kind) =>
        TiDBFormatException.Throw("table mutation", position, "Insert, Update or DeleteRow in the sequence", $"{kind}");

    private void AddRow<TReader>(ref int cursor, int start, ref TReader reader)
        where TReader : IProtoReader, allows ref struct
    {
        Remember(ref cursor, start);
        reader.ReadBytes("row");
        RowCount++;
    }

    private static void Remember(ref int cursor, int start)
    {
        if (cursor < 0)
        {
            cursor = start;
        }
    }

    private static int CountSequence<TReader>(ref TReader reader)
        where TReader : IProtoReader, allows ref struct
    {
        if (reader.Wire == WireType.Varint)
        {
            reader.ReadInt64("sequence");
            return 1;
        }

        return reader.CountVarints(reader.ReadBytes("sequence"));
    }
}
