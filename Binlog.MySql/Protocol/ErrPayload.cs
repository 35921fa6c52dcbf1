using System.Text;

namespace Binlog.MySql.Protocol;

/// <summary>The server's error: number, SQLSTATE and text.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html. Before the handshake response
/// a server leaves the SQLSTATE out, because it doesn't know yet whether the client speaks protocol 4.1.</remarks>
internal static class ErrPayload
{
    private const string Packet = "ERR";
    private const int StateBytes = 5;

    /// <summary>Characters of the server's text that are kept.</summary>
    private const int MaxMessageBytes = 4096;

    public static bool Is(ReadOnlySpan<byte> payload) => !payload.IsEmpty && payload[0] == ProtocolConstants.ErrMarker;

    public static MySqlException Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload, Packet);
        reader.ReadByte();
        var code = reader.ReadUInt16();
        var state = MySqlException.GeneralState;
        if (reader.Left > 0 && payload[reader.Position] == (byte)'#')
        {
            reader.ReadByte();
            state = Encoding.ASCII.GetString(reader.ReadBytes(StateBytes));
        }

        var text = reader.ReadToEnd();
        return new MySqlException(code, state, Encoding.UTF8.GetString(text[..Math.Min(text.Length, MaxMessageBytes)]));
    }
}
