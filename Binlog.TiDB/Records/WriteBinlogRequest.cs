namespace Binlog.TiDB.Records;

/// <summary>A serialized <c>binlog.WriteBinlogReq</c> (pump.proto), read without an object for it.</summary>
/// <param name="ClusterId">The cluster that the writer belongs to; 0 when absent.</param>
/// <param name="Payload">The binlog: where it lies in the request.</param>
public readonly record struct WriteBinlogRequest(ulong ClusterId, ByteRange Payload)
{
    private const int ClusterIdField = 1;
    private const int PayloadField = 2;

    /// <summary>Reads a request. Fields come in any order, of a repeated one the last counts, unknown ones are skipped.</summary>
    /// <exception cref="TiDBFormatException">The bytes are no protobuf message.</exception>
    public static WriteBinlogRequest Parse(ReadOnlySpan<byte> message)
    {
        ulong clusterId = 0;
        ByteRange payload = default;
        var reader = new ProtoReader(message, 0);
        while (reader.TryReadField(out int field))
        {
            switch (field)
            {
                case ClusterIdField when reader.Wire == WireType.Varint:
                    clusterId = (ulong)reader.ReadInt64("cluster_id");
                    break;
                case PayloadField when reader.Wire == WireType.Bytes:
                    payload = reader.ReadBytes("payload");
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new WriteBinlogRequest(clusterId, payload);
    }
}
