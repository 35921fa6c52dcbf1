namespace Binlog.MySql.Protocol;

/// <summary>The end of column definitions or rows, from servers that don't have CLIENT_DEPRECATE_EOF.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_eof_packet.html</remarks>
internal static class EofPayload
{
    private const string Packet = "EOF";
    public const int Length = 5;

    public static bool Is(ReadOnlySpan<byte> payload) => payload.Length == Length && payload[0] == ProtocolConstants.EofMarker;

    public static MySqlOk Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload, Packet);
        var marker = reader.ReadByte();
        if (marker != ProtocolConstants.EofMarker)
        {
            throw MySqlProtocolException.Unexpected(Packet, marker, "0xFE");
        }

        var warnings = reader.ReadUInt16();
        var status = (MySqlStatus)reader.ReadUInt16();
        reader.ExpectEnd();
        return new MySqlOk(0, 0, warnings, status);
    }
}
