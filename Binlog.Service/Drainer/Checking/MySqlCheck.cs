using System.Globalization;
using System.Net;
using Binlog.MySql;
using Binlog.Service.Configuration;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Downstream.Outside;

namespace Binlog.Service.Drainer.Checking;

/// <summary>Looks at a MySQL, MariaDB or TiDB target: that it can be reached, what it is, what it lets the Drainer do, what it holds.</summary>
internal sealed class MySqlCheck(MySqlConnectionOptions options, CheckpointOptions place, ulong clusterId, IReadOnlyCollection<string> databases, FindingList findings)
{
    private const int AccessDenied = 1045;
    private const int AccessDeniedNoPassword = 1698;
    private const int UnknownHost = 2005;
    private const int TlsFailed = 2026;

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    private readonly string _address = MySqlSession.AddressOf(options);

    /// <summary>Returns what the target holds; null when it can't be asked.</summary>
    public async Task<TargetState?> RunAsync(CancellationToken cancellationToken)
    {
        MySqlConnection connection;
        try
        {
            connection = await MySqlConnection.OpenAsync(options with { CommandTimeout = AnswerTimeout }, cancellationToken);
        }
        catch (MySqlException exception)
        {
            findings.Error("connection", _address, string.Create(CultureInfo.InvariantCulture, $"Error {exception.Code}: {exception.Message}"), RemedyFor(exception.Code));
            return null;
        }

        await using (connection)
        {
            try
            {
                return await CheckAsync(connection, cancellationToken);
            }
            catch (MySqlException exception)
            {
                findings.Error("connection", _address, string.Create(CultureInfo.InvariantCulture, $"Error {exception.Code} while the target was asked: {exception.Message}"), "Correct the cause on the target and check again.");
                return null;
            }
        }
    }

    private async Task<TargetState?> CheckAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        MySqlServerInfo server = connection.Server;
        string name = $"{ProductOf(server)} {server.Version} at {_address}";
        findings.Ok("connection", name, $"It can be reached, and takes the password of {options.User}.");
        CheckTls(server, name);
        CheckVersion(server, name);
        await new ServerSettingsCheck(connection, name, findings).RunAsync(cancellationToken);
        GrantList grants = await ReadGrantsAsync(connection, cancellationToken);
        new PrivilegeCheck(grants, name, options.User, databases, findings) { HasCheckpoint = place.Type == CheckpointType.Target }.Run();
        await CheckReadOnlyAsync(connection, grants, name, cancellationToken);
        (bool isReadable, Checkpoint? checkpoint, ulong? original) = await CheckCheckpointAsync(connection, name, cancellationToken);
        bool ignoresCase = await connection.QueryScalarAsync<long>("SELECT @@lower_case_table_names", cancellationToken) != 0;
        return isReadable ? new TargetState(name, checkpoint, await ReadTablesAsync(connection, cancellationToken), ignoresCase, original) : null;
    }

    private async Task<(bool IsReadable, Checkpoint? Checkpoint, ulong? Original)> CheckCheckpointAsync(MySqlConnection connection, string name, CancellationToken cancellationToken)
    {
        var inTarget = new CheckpointCheck(connection, clusterId, name, findings);
        OriginalCheckpoint? original = null;
        (bool isReadable, Checkpoint? checkpoint) result;
        if (TargetFactory.PlaceOf(place, clusterId) is { } create)
        {
            await using ICheckpointPlace outside = create();
            (bool isReadable, Checkpoint? checkpoint, original) = await new OutsideCheckpointCheck(outside, findings).RunAsync(cancellationToken);
            result = (isReadable, checkpoint);
        }
        else
        {
            result = await inTarget.RunAsync(cancellationToken);
        }

        if (result.checkpoint is not null || !result.isReadable)
        {
            return (result.isReadable, result.checkpoint, null);
        }

        original ??= await inTarget.FindOriginalAsync(cancellationToken);
        if (original is not null)
        {
            CheckpointCheck.Report(original, place.TakesOver, findings);
        }

        return (true, null, place.TakesOver ? original?.CommitTs : null);
    }

    private void CheckTls(MySqlServerInfo server, string name)
    {
        bool isLocal = options.UnixSocket is not null || options.Host == "localhost" || (IPAddress.TryParse(options.Host, out IPAddress? address) && IPAddress.IsLoopback(address));
        if (server.IsEncrypted)
        {
            findings.Ok("TLS", name, $"The connection is encrypted ({options.Tls}).");
        }
        else if (isLocal)
        {
            findings.Ok("TLS", name, "The connection is not encrypted, and stays on this machine.");
        }
        else
        {
            findings.Warning("TLS", name, "The connection is not encrypted: who is on the way reads the rows.", "Give the server a certificate, and set drainer.downstream.tls.mode to verify-full.");
        }
    }

    private void CheckVersion(MySqlServerInfo server, string name)
    {
        Version oldest = server.Kind switch
        {
            MySqlServerKind.MariaDb => new Version(10, 2),
            MySqlServerKind.TiDb => new Version(0, 0),
            _ => new Version(5, 7),
        };
        if (new Version(server.Major, server.Minor) < oldest)
        {
            findings.Error("version", name, $"It is older than {oldest}, the oldest that is supported.", "Upgrade the target.");
        }
        else
        {
            findings.Ok("version", name, $"{ProductOf(server)} {server.Version} is supported.");
        }
    }

    private async Task CheckReadOnlyAsync(MySqlConnection connection, GrantList grants, string name, CancellationToken cancellationToken)
    {
        if (connection.Server.Kind == MySqlServerKind.TiDb || await connection.QueryScalarAsync<long>("SELECT @@global.read_only", cancellationToken) == 0)
        {
            return;
        }

        if (!grants.HasGlobal("SUPER", "READ_ONLY ADMIN", "READ ONLY ADMIN", "CONNECTION_ADMIN"))
        {
            findings.Error("privileges", name, "The server is read-only.", "SET GLOBAL read_only=0, or name the primary server in drainer.downstream.host.");
        }
    }

    private static async Task<GrantList> ReadGrantsAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        await using MySqlRowReader rows = await connection.QueryAsync("SHOW GRANTS", cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            lines.Add(rows.GetString(0) ?? "");
        }

        return GrantList.Parse(lines);
    }

    private async Task<List<(string Schema, string Table)>> ReadTablesAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        var tables = new List<(string, string)>();
        if (databases.Count == 0)
        {
            return tables;
        }

        await using MySqlRowReader rows = await connection.QueryAsync(
            $"SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema IN ({string.Join(", ", databases.Select(SqlText.Quote))})",
            cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            tables.Add((rows.GetString(0)!, rows.GetString(1)!));
        }

        return tables;
    }

    private static string ProductOf(MySqlServerInfo server) => server.Kind switch
    {
        MySqlServerKind.MariaDb => "MariaDB",
        MySqlServerKind.TiDb => "TiDB",
        _ => "MySQL",
    };

    private static string RemedyFor(int code) => code switch
    {
        AccessDenied or AccessDeniedNoPassword => "Correct drainer.downstream.user and password, or let this user connect from this host.",
        UnknownHost => "Correct drainer.downstream.host.",
        TlsFailed => "Correct drainer.downstream.tls.*: its mode, and the file of the authority that signed the server's certificate.",
        _ => "Check that the server runs, that drainer.downstream.host and port are right, and that no firewall is between.",
    };
}
