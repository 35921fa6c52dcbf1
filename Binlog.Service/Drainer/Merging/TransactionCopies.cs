using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Spooling;
using Binlog.TiDB;
using Binlog.TiDB.Records;

namespace Binlog.Service.Drainer.Merging;

/// <summary>
/// Compares what two Pumps sent for one commit TS. What the transaction does comes from its prewrite, which the writer sent to both in
/// the same bytes; the commit around it may differ, because a Pump that had to ask for it made it itself.
/// </summary>
internal static class TransactionCopies
{
    private const int PieceBytes = 64 * 1024;

    /// <summary>In which way the second is not a copy of the first; null when it is.</summary>
    /// <exception cref="TiDBFormatException">One of them is no binlog.</exception>
    /// <exception cref="IOException">The file of one of them can't be read.</exception>
    public static string? DescribeDifference(in MergedBinlog first, in PulledBinlog second)
    {
        if (first.StartTs != second.StartTs)
        {
            return $"the first has the transaction of start TS {first.StartTs} there, the second that of start TS {second.StartTs}";
        }

        if (first.Spool is null && second.Spool is null && first.Payload.Span.SequenceEqual(second.Payload.Span))
        {
            return null;
        }

        return DescribeDifference(first.StartTs, new Copy(first.Payload, first.Spool), new Copy(second.Payload, second.Spool));
    }

    private static string? DescribeDifference(ulong startTs, in Copy first, in Copy second)
    {
        BinlogHeader one = first.Header;
        BinlogHeader other = second.Header;
        string transaction = $"both have the transaction of start TS {startTs}, but";
        return !AreEqual(first, one.PrewriteValue, second, other.PrewriteValue) ? $"{transaction} with different rows ({one.PrewriteValue.Length} and {other.PrewriteValue.Length} bytes)"
            : (one.DdlJobId, one.DdlSchemaState) != (other.DdlJobId, other.DdlSchemaState)
                ? $"{transaction} with different DDL jobs ({one.DdlJobId} in schema state {one.DdlSchemaState}, and {other.DdlJobId} in schema state {other.DdlSchemaState})"
            : !AreEqual(first, one.DdlQuery, second, other.DdlQuery) ? $"{transaction} with different statements for DDL job {one.DdlJobId}"
            : null;
    }

    private static bool AreEqual(in Copy first, ByteRange one, in Copy second, ByteRange other)
    {
        if (one.Length != other.Length)
        {
            return false;
        }

        byte[] pieces = new byte[2 * Math.Min(PieceBytes, one.Length)];
        Span<byte> left = pieces.AsSpan(0, pieces.Length / 2);
        Span<byte> right = pieces.AsSpan(pieces.Length / 2);
        for (int done = 0; done < one.Length;)
        {
            int count = Math.Min(left.Length, one.Length - done);
            first.Read(left[..count], one.Offset + done);
            second.Read(right[..count], other.Offset + done);
            if (!left[..count].SequenceEqual(right[..count]))
            {
                return false;
            }

            done += count;
        }

        return true;
    }

    /// <summary>A binlog, wherever it is.</summary>
    private readonly struct Copy(ReadOnlyMemory<byte> payload, SpooledBinlog? spool)
    {
        public BinlogHeader Header => spool?.Header ?? BinlogHeader.Parse(payload.Span);

        public void Read(Span<byte> target, int offset)
        {
            if (spool is null)
            {
                payload.Span.Slice(offset, target.Length).CopyTo(target);
            }
            else
            {
                spool.Read(target, offset);
            }
        }
    }
}
