using System.Buffers;
using Binlog.TiDB.Keys;
using Binlog.TiDB.Records;

namespace Binlog.Service.Commands.Bench;

/// <summary>One writer's buffers for the binlogs of a transaction of rows. Not thread-safe.</summary>
/// <param name="tableId">Table of the prewrite key.</param>
internal sealed class BinlogBuffers(long tableId)
{
    private readonly ArrayBufferWriter<byte> _key = new(32);
    private readonly ArrayBufferWriter<byte> _prewrite = new(512);
    private readonly ArrayBufferWriter<byte> _commit = new(64);

    /// <summary>A prewrite; valid until the next one is asked for.</summary>
    /// <param name="startTs">Start TS of the transaction.</param>
    /// <param name="handle">Row of the prewrite key.</param>
    /// <param name="value">The serialized prewrite value.</param>
    public ReadOnlyMemory<byte> Prewrite(ulong startTs, long handle, ReadOnlySpan<byte> value)
    {
        _key.ResetWrittenCount();
        TableKey.WriteRowKey(_key, tableId, handle);
        _prewrite.ResetWrittenCount();
        BinlogWriter.WritePrewrite(_prewrite, startTs, _key.WrittenSpan, value);
        return _prewrite.WrittenMemory;
    }

    /// <summary>The commit of the last prewrite; valid until the next one is asked for.</summary>
    public ReadOnlyMemory<byte> Commit(ulong startTs, ulong commitTs)
    {
        _commit.ResetWrittenCount();
        BinlogWriter.WriteCommit(_commit, startTs, commitTs, _key.WrittenSpan);
        return _commit.WrittenMemory;
    }
}
