using System.Text;
using Binlog.MySql.Protocol;

namespace Binlog.MySql.Tests.Fakes;

/// <summary>A handshake response, read as a server reads it.</summary>
internal sealed record FakeLogin(ProtocolCapabilities Capabilities, byte Collation, string User, byte[] AuthData, string? Database, string? Plugin, IReadOnlyDictionary<string, string> Attributes)
{
    public static FakeLogin Parse(byte[] payload)
    {
        var reader = new PayloadReader(payload, "handshake response");
        var capabilities = (ProtocolCapabilities)reader.ReadUInt32();
        reader.ReadUInt32();
        var collation = reader.ReadByte();
        reader.ReadBytes(23);
        var user = Encoding.UTF8.GetString(reader.ReadNulTerminated());
        var authData = capabilities.HasFlag(ProtocolCapabilities.LengthEncodedAuthData)
            ? reader.ReadLengthEncodedBytes().ToArray()
            : reader.ReadBytes(reader.ReadByte()).ToArray();
        var database = capabilities.HasFlag(ProtocolCapabilities.ConnectWithDatabase) ? Encoding.UTF8.GetString(reader.ReadNulTerminated()) : null;
        var plugin = capabilities.HasFlag(ProtocolCapabilities.PluginAuth) ? Encoding.UTF8.GetString(reader.ReadNulTerminated()) : null;
        var attributes = new Dictionary<string, string>();
        if (capabilities.HasFlag(ProtocolCapabilities.ConnectAttributes))
        {
            var inner = new PayloadReader(reader.ReadLengthEncodedBytes(), "attributes");
            while (inner.Left > 0)
            {
                attributes.Add(inner.ReadLengthEncodedString(), inner.ReadLengthEncodedString());
            }
        }

        reader.ExpectEnd();
        return new FakeLogin(capabilities, collation, user, authData, database, plugin, attributes);
    }
}
