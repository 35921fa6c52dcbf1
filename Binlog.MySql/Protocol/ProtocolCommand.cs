namespace Binlog.MySql.Protocol;

/// <summary>First byte of a command packet.</summary>
internal enum ProtocolCommand : byte
{
    Quit = 0x01,
    Query = 0x03,
    Ping = 0x0E,
    ResetConnection = 0x1F,
}
