using System.Buffers;

namespace Binlog.TiDB.Records;

/// <summary>Serialized binlogs that consist of timestamps only.</summary>
public static class BinlogPayloads
{
    /// <summary>A rollback.</summary>
    /// <param name="startTs">Start TS (TSO) of the transaction.</param>
    public static byte[] Rollback(ulong startTs)
    {
        var writer = new ArrayBufferWriter<byte>(32);
        BinlogWriter.WriteRollback(writer, startTs, default);
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>A fake binlog: a point in time that no later commit is below.</summary>
    /// <param name="ts">The timestamp (TSO).</param>
    public static byte[] Fake(ulong ts)
    {
        var writer = new ArrayBufferWriter<byte>(32);
        BinlogWriter.WriteFake(writer, ts);
        return writer.WrittenSpan.ToArray();
    }
}
