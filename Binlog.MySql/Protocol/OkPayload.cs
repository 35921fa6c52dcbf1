namespace Binlog.MySql.Protocol;

/// <summary>The answer to a command that succeeded, and with CLIENT_DEPRECATE_EOF also the end of a result set.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html. The rest of the payload is a
/// human-readable remark, since session tracking is not asked for.</remarks>
internal static class OkPayload
{
    private const string Packet = "OK";

    public static MySqlOk Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload, Packet);
        var marker = reader.ReadByte();
        if (marker is not (ProtocolConstants.OkMarker or ProtocolConstants.EofMarker))
        {
            throw MySqlProtocolException.Unexpected(Packet, marker, "0x00 or 0xFE");
        }

        var affectedRows = unchecked((long)reader.ReadLengthEncodedInteger());
        var lastInsertId = reader.ReadLengthEncodedInteger();
        var status = (MySqlStatus)reader.ReadUInt16();
        return new MySqlOk(affectedRows, lastInsertId, reader.ReadUInt16(), status);
    }
}
