using Binlog.MySql.Protocol;

namespace Binlog.MySql.Sessions;

/// <summary>What was agreed while logging in.</summary>
internal sealed record LoginResult(InitialHandshakePayload Greeting, ProtocolCapabilities Capabilities, MySqlStatus Status, bool IsEncrypted);
