using System.Text.Json;
using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.Bench;

/// <summary>Writes a target as the configuration file has it, the password included.</summary>
internal static class DownstreamJson
{
    public static void Write(Utf8JsonWriter writer, string key, DownstreamOptions options)
    {
        writer.WriteStartObject(key);
        if (options.Type == DownstreamType.Sqlite)
        {
            writer.WriteString("type", "sqlite");
            writer.WriteString("file", options.File);
        }
        else
        {
            writer.WriteString("type", "mysql");
            writer.WriteString("host", options.Host);
            writer.WriteNumber("port", options.Port);
            writer.WriteString("user", options.User);
            writer.WriteString("password", options.Password.Reveal());
            WriteTls(writer, options.Tls);
        }

        writer.WriteEndObject();
    }

    private static void WriteTls(Utf8JsonWriter writer, TlsOptions tls)
    {
        writer.WriteStartObject("tls");
        writer.WriteString("mode", MySqlUrlReader.TlsModes.Format(tls.Mode));
        foreach ((string name, string? file) in new[] { ("ca", tls.CaFile), ("cert", tls.CertFile), ("key", tls.KeyFile) })
        {
            if (file is not null)
            {
                writer.WriteString(name, file);
            }
        }

        writer.WriteEndObject();
    }
}
