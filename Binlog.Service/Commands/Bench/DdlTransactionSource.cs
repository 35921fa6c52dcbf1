using System.Buffers;
using System.Text;
using Binlog.TiDB.Keys;
using Binlog.TiDB.Records;

namespace Binlog.Service.Commands.Bench;

/// <summary>The transaction by which TiDB finishes a DDL job.</summary>
internal sealed class DdlTransactionSource(long jobId, string query) : ITransactionSource
{
    private readonly byte[] _key = MetaKey.ForDdlJob(jobId);
    private readonly byte[] _query = Encoding.UTF8.GetBytes(query);

    /// <inheritdoc />
    public ReadOnlyMemory<byte> Prewrite(ulong startTs)
    {
        var binlog = new ArrayBufferWriter<byte>();
        BinlogWriter.WriteDdlPrewrite(binlog, startTs, _key, _query, jobId);
        return binlog.WrittenMemory;
    }
}
