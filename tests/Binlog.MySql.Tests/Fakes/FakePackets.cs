using System.Text;
using Binlog.MySql.Protocol;

namespace Binlog.MySql.Tests.Fakes;

/// <summary>Payloads as servers send them.</summary>
internal static class FakePackets
{
    /// <summary>20 bytes without a NUL, as MySQL makes them.</summary>
    public static readonly byte[] Nonce = "0123456789abcdefghij"u8.ToArray();

    /// <summary>What MySQL 8 offers, TLS excepted.</summary>
    public const ProtocolCapabilities Capabilities = (ProtocolCapabilities)0xDFFFF7FF;

    public static byte[] Greeting(
        string version = "8.0.36", string? plugin = "caching_sha2_password", ProtocolCapabilities capabilities = Capabilities, uint connectionId = 7, byte[]? nonce = null)
    {
        nonce ??= Nonce;
        var writer = new PayloadWriter();
        writer.WriteByte(10);
        writer.WriteNulTerminated(version);
        writer.WriteUInt32(connectionId);
        writer.WriteBytes(nonce.AsSpan(0, 8));
        writer.WriteByte(0);
        writer.WriteUInt16((ushort)capabilities);
        writer.WriteByte(255);
        writer.WriteUInt16((ushort)MySqlStatus.Autocommit);
        writer.WriteUInt16((ushort)((uint)capabilities >> 16));
        writer.WriteByte((byte)(nonce.Length + 1));
        writer.WriteZeros(10);
        writer.WriteBytes(nonce.AsSpan(8));
        writer.WriteByte(0);
        if (plugin is not null)
        {
            writer.WriteNulTerminated(plugin);
        }

        return writer.Written.ToArray();
    }

    public static byte[] Ok(ulong affectedRows = 0, ulong lastInsertId = 0, MySqlStatus status = MySqlStatus.Autocommit, ushort warnings = 0, byte marker = 0)
    {
        var writer = new PayloadWriter();
        writer.WriteByte(marker);
        writer.WriteLengthEncodedInteger(affectedRows);
        writer.WriteLengthEncodedInteger(lastInsertId);
        writer.WriteUInt16((ushort)status);
        writer.WriteUInt16(warnings);
        return writer.Written.ToArray();
    }

    public static byte[] Eof(MySqlStatus status = MySqlStatus.Autocommit) => [0xFE, 0, 0, (byte)status, (byte)((int)status >> 8)];

    public static byte[] Err(ushort code, string text, string? state = "HY000") =>
        [0xFF, (byte)code, (byte)(code >> 8), .. Encoding.UTF8.GetBytes(state is null ? text : $"#{state}{text}")];

    public static byte[] AuthSwitch(string plugin, byte[] nonce) => [0xFE, .. Encoding.UTF8.GetBytes(plugin), 0, .. nonce];

    public static byte[] AuthMore(params ReadOnlySpan<byte> data) => [0x01, .. data];

    public static byte[] Column(string name, MySqlColumnType type = MySqlColumnType.VarString)
    {
        var writer = new PayloadWriter();
        writer.WriteLengthEncodedString("def");
        writer.WriteLengthEncodedString("db");
        writer.WriteLengthEncodedString("t");
        writer.WriteLengthEncodedString("t");
        writer.WriteLengthEncodedString(name);
        writer.WriteLengthEncodedString(name);
        writer.WriteLengthEncodedInteger(0x0C);
        writer.WriteUInt16(46);
        writer.WriteUInt32(100);
        writer.WriteByte((byte)type);
        writer.WriteUInt16(0);
        writer.WriteByte(0);
        writer.WriteUInt16(0);
        return writer.Written.ToArray();
    }

    public static byte[] Row(params ReadOnlySpan<string?> values)
    {
        var writer = new PayloadWriter();
        foreach (var value in values)
        {
            if (value is null)
            {
                writer.WriteByte(0xFB);
            }
            else
            {
                writer.WriteLengthEncodedString(value);
            }
        }

        return writer.Written.ToArray();
    }

    /// <summary>A payload of less than 16 MB with its header.</summary>
    public static byte[] Packet(byte sequence, ReadOnlySpan<byte> payload) =>
        [(byte)payload.Length, (byte)(payload.Length >> 8), (byte)(payload.Length >> 16), sequence, .. payload];
}
