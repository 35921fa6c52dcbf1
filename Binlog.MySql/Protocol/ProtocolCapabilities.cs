namespace Binlog.MySql.Protocol;

/// <summary>Capability flags of the handshake.</summary>
/// <remarks>https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html</remarks>
[Flags]
internal enum ProtocolCapabilities : uint
{
    None = 0,
    LongPassword = 1u << 0,
    FoundRows = 1u << 1,
    LongFlag = 1u << 2,
    ConnectWithDatabase = 1u << 3,
    Compress = 1u << 5,
    LocalFiles = 1u << 7,
    Protocol41 = 1u << 9,
    Tls = 1u << 11,
    Transactions = 1u << 13,
    SecureConnection = 1u << 15,
    MultiStatements = 1u << 16,
    MultiResults = 1u << 17,
    PluginAuth = 1u << 19,
    ConnectAttributes = 1u << 20,
    LengthEncodedAuthData = 1u << 21,
    SessionTrack = 1u << 23,
    DeprecateEof = 1u << 24,

    /// <summary>What this client uses when the server offers it.</summary>
    Wanted = LongPassword | FoundRows | LongFlag | ConnectWithDatabase | Protocol41 | Tls | Transactions | SecureConnection
        | MultiStatements | MultiResults | PluginAuth | ConnectAttributes | LengthEncodedAuthData | DeprecateEof,

    /// <summary>What this client can't do without.</summary>
    Needed = Protocol41 | SecureConnection | FoundRows | MultiStatements | MultiResults,
}
