using Binlog.Service.Drainer.Collecting;
using Binlog.TiDB;
using Binlog.TiDB.Records;

namespace Binlog.Service.Drainer.Merging;

/// <summary>
/// Compares what two Pumps sent for one commit TS. What the transaction does comes from its prewrite, which the writer sent to both in
/// the same bytes; the commit around it may differ, because a Pump that had to ask for it made it itself.
/// </summary>
internal static class TransactionCopies
{
    /// <summary>In which way the second is not a copy of the first; null when it is.</summary>
    /// <exception cref="TiDBFormatException">One of them is no binlog.</exception>
    public static string? DescribeDifference(in MergedBinlog first, in PulledBinlog second)
    {
        if (first.StartTs != second.StartTs)
        {
            return $"the first has the transaction of start TS {first.StartTs} there, the second that of start TS {second.StartTs}";
        }

        ReadOnlySpan<byte> one = first.Payload.Span;
        ReadOnlySpan<byte> other = second.Payload.Span;
        return one.SequenceEqual(other) ? null : DescribeDifference(first.StartTs, one, other);
    }

    private static string? DescribeDifference(ulong startTs, ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        BinlogHeader first = BinlogHeader.Parse(one);
        BinlogHeader second = BinlogHeader.Parse(other);
        ReadOnlySpan<byte> firstRows = first.PrewriteValue.Of(one);
        ReadOnlySpan<byte> secondRows = second.PrewriteValue.Of(other);
        string transaction = $"both have the transaction of start TS {startTs}, but";
        return !firstRows.SequenceEqual(secondRows) ? $"{transaction} with different rows ({firstRows.Length} and {secondRows.Length} bytes)"
            : (first.DdlJobId, first.DdlSchemaState) != (second.DdlJobId, second.DdlSchemaState)
                ? $"{transaction} with different DDL jobs ({first.DdlJobId} in schema state {first.DdlSchemaState}, and {second.DdlJobId} in schema state {second.DdlSchemaState})"
            : !first.DdlQuery.Of(one).SequenceEqual(second.DdlQuery.Of(other)) ? $"{transaction} with different statements for DDL job {first.DdlJobId}"
            : null;
    }
}
