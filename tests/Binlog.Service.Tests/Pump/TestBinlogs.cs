using System.Buffers;
using System.Text;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Pump;

/// <summary>Binlogs as TiDB sends them, with a recognisable value.</summary>
internal static class TestBinlogs
{
    public static ReadOnlySpan<byte> Key => "k"u8;

    public static byte[] Value(ulong startTs) => Encoding.ASCII.GetBytes($"value of {startTs}");

    public static byte[] Prewrite(ulong startTs, int padding = 0)
    {
        var writer = new ArrayBufferWriter<byte>();
        BinlogWriter.WritePrewrite(writer, startTs, Key, [.. Value(startTs), .. new byte[padding]]);
        return writer.WrittenSpan.ToArray();
    }

    public static byte[] Commit(ulong startTs, ulong commitTs)
    {
        var writer = new ArrayBufferWriter<byte>();
        BinlogWriter.WriteCommit(writer, startTs, commitTs, Key);
        return writer.WrittenSpan.ToArray();
    }

    public static byte[] DdlPrewrite(ulong startTs, string query, long jobId, int schemaState)
    {
        var writer = new ArrayBufferWriter<byte>();
        BinlogWriter.WriteDdlPrewrite(writer, startTs, "prewrite key"u8, Encoding.UTF8.GetBytes(query), jobId, schemaState);
        return writer.WrittenSpan.ToArray();
    }

    public static byte[] Rollback(ulong startTs) => BinlogPayloads.Rollback(startTs);

    public static byte[] Fake(ulong ts) => BinlogPayloads.Fake(ts);
}
