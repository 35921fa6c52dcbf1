using System.Buffers;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.TiDB;
using Binlog.TiDB.Records;

namespace Binlog.Service.Pump.Reading;

/// <summary>What a binlog says besides its rows and its DDL. It is short, however long the binlog.</summary>
internal static class BinlogEnvelope
{
    /// <summary>Reads a binlog piece by piece, checks it, and leaves its rows and its DDL out.</summary>
    /// <returns>A binlog of its own, for <see cref="BinlogHeader.Parse(ReadOnlySpan{byte})"/>.</returns>
    /// <exception cref="RelayLogException">The record is damaged or gone.</exception>
    /// <exception cref="TiDBFormatException">It is no binlog.</exception>
    /// <exception cref="ServiceException">What is left is long too.</exception>
    public static byte[] Read(LargeRecord record)
    {
        var envelope = new ArrayBufferWriter<byte>();
        using var pieces = JoinedPieces.WithoutRows(record);
        while (pieces.TryNext(out ReadOnlyMemory<byte> run))
        {
            if (envelope.WrittenCount + run.Length > RecordWindow.LargeBytes)
            {
                throw new ServiceException(
                    $"The binlog at {record.Position} has more than {RecordWindow.LargeBytes} bytes besides its rows and its DDL; no TiDB writes such a one. See which writer did; rolled back, the transaction holds nothing up.");
            }

            envelope.Write(run.Span);
        }

        return envelope.WrittenSpan.ToArray();
    }
}
