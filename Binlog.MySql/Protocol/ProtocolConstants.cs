namespace Binlog.MySql.Protocol;

internal static class ProtocolConstants
{
    /// <summary>Length (3 bytes, little-endian) and sequence number (1 byte).</summary>
    public const int HeaderBytes = 4;

    /// <summary>Payload bytes of a full packet; one of this size is continued by the next.</summary>
    public const int MaxPacketPayload = 0xFFFFFF;

    /// <summary>Collation <c>utf8mb4_bin</c>, which MySQL, MariaDB and TiDB number alike.</summary>
    public const byte Utf8Mb4BinaryCollation = 46;

    public const byte OkMarker = 0x00;
    public const byte AuthMoreDataMarker = 0x01;
    public const byte LocalFileMarker = 0xFB;
    public const byte EofMarker = 0xFE;
    public const byte ErrMarker = 0xFF;
}
