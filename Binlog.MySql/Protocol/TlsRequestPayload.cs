namespace Binlog.MySql.Protocol;

/// <summary>The start of the handshake response, sent alone: what follows is TLS.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_ssl_request.html</remarks>
internal static class TlsRequestPayload
{
    private const uint MaxPacketBytes = 1 << 30;
    private const int ReservedBytes = 23;

    public static PayloadWriter Create(ProtocolCapabilities capabilities)
    {
        var writer = new PayloadWriter();
        writer.WriteUInt32((uint)capabilities);
        writer.WriteUInt32(MaxPacketBytes);
        writer.WriteByte(ProtocolConstants.Utf8Mb4BinaryCollation);
        writer.WriteZeros(ReservedBytes);
        return writer;
    }
}
