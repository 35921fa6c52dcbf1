using System.Globalization;
using Binlog.MySql.Protocol;

namespace Binlog.MySql;

/// <summary>What the server said about itself when the connection was opened.</summary>
public sealed record MySqlServerInfo
{
    private const string ReplicationPrefix = "5.5.5-";

    /// <summary>Version text as sent, except for the "5.5.5-" that MariaDB puts before it.</summary>
    public required string Version { get; init; }

    public required int Major { get; init; }

    public required int Minor { get; init; }

    public required MySqlServerKind Kind { get; init; }

    /// <summary>Number to give to KILL. TiDB's are wider than the greeting's 32 bits and are asked for by SQL.</summary>
    public required ulong ConnectionId { get; init; }

    /// <summary>Collation id of the server's default, from the greeting; the connection itself always uses utf8mb4.</summary>
    public required byte DefaultCollationId { get; init; }

    /// <summary>Capability flags that the server offered.</summary>
    public required uint Capabilities { get; init; }

    /// <summary>Whether the connection is encrypted by TLS.</summary>
    public required bool IsEncrypted { get; init; }

    internal static MySqlServerInfo Create(InitialHandshakePayload greeting, bool isEncrypted)
    {
        var version = greeting.ServerVersion;
        var kind = version.Contains("TiDB", StringComparison.OrdinalIgnoreCase) ? MySqlServerKind.TiDb
            : version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase) ? MySqlServerKind.MariaDb
            : MySqlServerKind.MySql;
        if (kind == MySqlServerKind.MariaDb && version.StartsWith(ReplicationPrefix, StringComparison.Ordinal))
        {
            version = version[ReplicationPrefix.Length..];
        }

        var parts = version.Split('.', '-');
        return new MySqlServerInfo
        {
            Version = version,
            Major = Number(parts, 0),
            Minor = Number(parts, 1),
            Kind = kind,
            ConnectionId = greeting.ConnectionId,
            DefaultCollationId = greeting.CollationId,
            Capabilities = (uint)greeting.Capabilities,
            IsEncrypted = isEncrypted,
        };
    }

    private static int Number(string[] parts, int index) =>
        index < parts.Length && int.TryParse(parts[index], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
