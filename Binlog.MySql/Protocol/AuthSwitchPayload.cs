using System.Text;

namespace Binlog.MySql.Protocol;

/// <summary>The server wants another authentication plugin than the one that the client started with.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_auth_switch_request.html.
/// A packet of the marker alone asks for the authentication of MySQL 4.0. The nonce is as sent: what follows its last
/// byte, and how long it is, depends on the plugin.</remarks>
internal sealed record AuthSwitchPayload(string Plugin, byte[] Nonce)
{
    private const string Packet = "authentication switch";
    private const string OldPlugin = "mysql_old_password";

    public static AuthSwitchPayload Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload, Packet);
        reader.ReadByte();
        if (reader.Left == 0)
        {
            return new AuthSwitchPayload(OldPlugin, []);
        }

        var plugin = Encoding.UTF8.GetString(reader.ReadNulTerminated());
        return new AuthSwitchPayload(plugin, reader.ReadToEnd().ToArray());
    }
}
