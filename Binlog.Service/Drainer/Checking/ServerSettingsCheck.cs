using System.Globalization;
using Binlog.MySql;
using Binlog.Service.Downstream.MySql;

namespace Binlog.Service.Drainer.Checking;

/// <summary>Sets a session up as the Drainer does, looks whether it took effect, and reads the server's settings that a session can't change.</summary>
internal sealed class ServerSettingsCheck(MySqlConnection connection, string server, FindingList findings)
{
    private const long SmallPacket = 16 << 20;
    private const long TooSmallPacket = 1 << 20;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string serverModes = await TextAsync("SELECT @@global.sql_mode", cancellationToken);
        string serverZone = await TextAsync("SELECT @@global.time_zone", cancellationToken);
        string serverCharset = await TextAsync("SELECT @@global.character_set_server", cancellationToken);
        foreach (string setting in SessionSettings.Required)
        {
            try
            {
                await connection.ExecuteAsync(setting, cancellationToken);
            }
            catch (MySqlException exception) when (!exception.IsConnectionLost)
            {
                findings.Error("session", server, string.Create(CultureInfo.InvariantCulture, $"{setting} is refused: error {exception.Code}: {exception.Message}"), "Let the Drainer's user set it; docs/formats/mysql-target.md says what it is for.");
            }
        }

        await ExpectAsync("charset", "SELECT CONCAT(@@character_set_client, ' ', @@character_set_connection)", "utf8mb4 utf8mb4", $"the server's {serverCharset}", cancellationToken);
        await ExpectAsync("sql_mode", "SELECT FIND_IN_SET('STRICT_TRANS_TABLES', @@sql_mode) > 0 AND FIND_IN_SET('ALLOW_INVALID_DATES', @@sql_mode) > 0 AND FIND_IN_SET('NO_BACKSLASH_ESCAPES', @@sql_mode) = 0", "1", $"the server's \"{serverModes}\"", cancellationToken);
        await ExpectAsync("time zone", "SELECT TIMESTAMPDIFF(MINUTE, UTC_TIMESTAMP(), NOW())", "0", $"the server's {serverZone}", cancellationToken);
        await CheckPacketAsync(cancellationToken);
        if (connection.Server.Kind != MySqlServerKind.TiDb)
        {
            await CheckDurabilityAsync(cancellationToken);
        }
    }

    private async Task ExpectAsync(string check, string query, string expected, string instead, CancellationToken cancellationToken)
    {
        if (await TextAsync(query, cancellationToken) == expected)
        {
            findings.Ok(check, server, $"The Drainer's sessions set their own, whatever {instead} is.");
        }
        else
        {
            findings.Error(check, server, $"What a session sets has no effect: {instead} stays.", "Connect to the server itself: something in between, a proxy or a pool, doesn't pass session settings on.");
        }
    }

    private async Task CheckPacketAsync(CancellationToken cancellationToken)
    {
        const string check = "packet size";
        long bytes = await connection.QueryScalarAsync<long>("SELECT @@max_allowed_packet", cancellationToken);
        string found = string.Create(CultureInfo.InvariantCulture, $"max_allowed_packet is {bytes} bytes");
        const string remedy = "SET GLOBAL max_allowed_packet=67108864, and the same in the server's configuration file.";
        if (bytes < TooSmallPacket)
        {
            findings.Error(check, server, $"{found}: ordinary rows don't fit, and replication stops at the first that doesn't.", remedy);
        }
        else if (bytes < SmallPacket)
        {
            findings.Warning(check, server, $"{found}: replication stops at a row that is larger as text.", remedy);
        }
        else
        {
            findings.Ok(check, server, $"{found}.");
        }
    }

    private async Task CheckDurabilityAsync(CancellationToken cancellationToken)
    {
        const string check = "durability";
        long flush = await connection.QueryScalarAsync<long>("SELECT @@global.innodb_flush_log_at_trx_commit", cancellationToken);
        bool hasBinlog = await connection.QueryScalarAsync<long>("SELECT @@global.log_bin", cancellationToken) != 0;
        long sync = await connection.QueryScalarAsync<long>("SELECT @@global.sync_binlog", cancellationToken);
        if (flush != 1)
        {
            findings.Warning(
                check,
                server,
                string.Create(CultureInfo.InvariantCulture, $"innodb_flush_log_at_trx_commit is {flush}: when the server's machine fails it may lose transactions that it has committed, the checkpoint with them; they are applied again only while the relay log still has them."),
                "SET GLOBAL innodb_flush_log_at_trx_commit=1, and the same in the server's configuration file.");
        }
        else if (hasBinlog && sync != 1)
        {
            findings.Warning(
                check,
                server,
                string.Create(CultureInfo.InvariantCulture, $"sync_binlog is {sync}: when the server's machine fails, the server's own replicas may have more or less than it has."),
                "SET GLOBAL sync_binlog=1, and the same in the server's configuration file.");
        }
        else
        {
            findings.Ok(check, server, "What is committed survives a failure of the server's machine.");
        }
    }

    private async Task<string> TextAsync(string query, CancellationToken cancellationToken) => await connection.QueryScalarAsync(query, cancellationToken) ?? "";
}
