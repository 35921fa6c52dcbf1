using System.Text;

namespace Binlog.MySql.Protocol;

/// <summary>The client's answer to the greeting: who it is, and the first data of the authentication plugin.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_response.html</remarks>
internal static class HandshakeResponsePayload
{
    public static ReadOnlyMemory<byte> Create(
        ProtocolCapabilities capabilities, MySqlConnectionOptions options, string plugin, ReadOnlySpan<byte> authData)
    {
        var writer = TlsRequestPayload.Create(capabilities);
        writer.WriteNulTerminated(options.User);
        if (capabilities.HasFlag(ProtocolCapabilities.LengthEncodedAuthData))
        {
            writer.WriteLengthEncodedBytes(authData);
        }
        else
        {
            writer.WriteByte(authData.Length <= byte.MaxValue
                ? (byte)authData.Length
                : throw new MySqlProtocolException($"The server can't take authentication data of {authData.Length} bytes, which {plugin} needs."));
            writer.WriteBytes(authData);
        }

        if (capabilities.HasFlag(ProtocolCapabilities.ConnectWithDatabase))
        {
            writer.WriteNulTerminated(options.Database!);
        }

        if (capabilities.HasFlag(ProtocolCapabilities.PluginAuth))
        {
            writer.WriteNulTerminated(plugin);
        }

        if (capabilities.HasFlag(ProtocolCapabilities.ConnectAttributes))
        {
            writer.WriteLengthEncodedBytes(CreateAttributes(options.Attributes).Span);
        }

        return writer.Written;
    }

    private static ReadOnlyMemory<byte> CreateAttributes(IReadOnlyDictionary<string, string> attributes)
    {
        var writer = new PayloadWriter();
        Write("_client_name", "Binlog.MySql");
        Write("_client_version", typeof(HandshakeResponsePayload).Assembly.GetName().Version!.ToString(3));
        Write("_os", OperatingSystem.IsWindows() ? "Windows" : "Linux");
        Write("_pid", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        foreach (var (name, value) in attributes)
        {
            Write(name, value);
        }

        return writer.Written;

        void Write(string name, string value)
        {
            writer.WriteLengthEncodedBytes(Encoding.UTF8.GetBytes(name));
            writer.WriteLengthEncodedBytes(Encoding.UTF8.GetBytes(value));
        }
    }
}
