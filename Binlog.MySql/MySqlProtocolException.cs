using Binlog.MySql.Errors;

namespace Binlog.MySql;

/// <summary>The server sent bytes that the protocol doesn't allow. The connection is broken; trying again won't help unless
/// something between the two damaged them.</summary>
public sealed class MySqlProtocolException : MySqlException
{
    internal MySqlProtocolException(string message, Exception? inner = null)
        : base(MySqlErrorCode.MalformedPacket, GeneralState, message, inner)
    {
    }

    internal static MySqlProtocolException Truncated(string packet, int position, long needed, int left) =>
        new($"The server's {packet} packet ends too early: at offset {position} it needs {needed} bytes more, {left} are left.");

    internal static MySqlProtocolException Leftover(string packet, int position, int left) =>
        new($"The server's {packet} packet has {left} unexpected bytes at offset {position}.");

    internal static MySqlProtocolException Unexpected(string packet, byte found, string expected) =>
        new($"The server's {packet} packet starts with 0x{found:X2}; expected {expected}.");

    internal static MySqlProtocolException OutOfOrder(byte found, byte expected) =>
        new($"A packet from the server has sequence number {found}; expected {expected}. Something between client and server lost or mixed up data.");
}
