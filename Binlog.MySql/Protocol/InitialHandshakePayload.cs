using System.Text;

namespace Binlog.MySql.Protocol;

/// <summary>The server's greeting, protocol version 10.</summary>
/// <remarks>
/// https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html.
/// MariaDB puts capabilities of its own into the last four reserved bytes; this client uses none of them.
/// </remarks>
internal sealed record InitialHandshakePayload(
    string ServerVersion,
    uint ConnectionId,
    byte[] Nonce,
    ProtocolCapabilities Capabilities,
    byte CollationId,
    MySqlStatus Status,
    string? AuthPlugin)
{
    private const string Packet = "greeting";
    private const byte ProtocolVersion = 10;
    private const int FirstNonceBytes = 8;
    private const int MinSecondNonceBytes = 13;
    private const int ReservedBytes = 10;

    public static InitialHandshakePayload Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload, Packet);
        var protocolVersion = reader.ReadByte();
        if (protocolVersion != ProtocolVersion)
        {
            throw MySqlProtocolException.Unexpected(Packet, protocolVersion, "protocol version 10. Is this the port of a MySQL, MariaDB or TiDB server?");
        }

        var version = Encoding.UTF8.GetString(reader.ReadNulTerminated());
        var connectionId = reader.ReadUInt32();
        var first = reader.ReadBytes(FirstNonceBytes);
        reader.ReadByte();
        var capabilities = (ProtocolCapabilities)reader.ReadUInt16();
        if (reader.Left == 0)
        {
            return new InitialHandshakePayload(version, connectionId, first.ToArray(), capabilities, 0, MySqlStatus.None, null);
        }

        var collation = reader.ReadByte();
        var status = (MySqlStatus)reader.ReadUInt16();
        capabilities |= (ProtocolCapabilities)((uint)reader.ReadUInt16() << 16);
        var nonceBytes = reader.ReadByte();
        reader.ReadBytes(ReservedBytes);
        byte[] nonce = [.. first];
        if (capabilities.HasFlag(ProtocolCapabilities.SecureConnection))
        {
            nonce = [.. first, .. reader.ReadBytes(Math.Max(MinSecondNonceBytes, nonceBytes - FirstNonceBytes))];
        }

        string? plugin = null;
        if (capabilities.HasFlag(ProtocolCapabilities.PluginAuth))
        {
            plugin = Encoding.UTF8.GetString(reader.ReadNulTerminatedOrRest());
        }

        reader.ExpectEnd();
        return new InitialHandshakePayload(version, connectionId, nonce, capabilities, collation, status, plugin);
    }
}
