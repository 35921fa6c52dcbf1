using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Binlog.Cluster;
using Binlog.MySql;
using Binlog.Service.Downstream.Claiming;

namespace Binlog.Service.Downstream.MySql;

/// <summary>
/// The server's locks by which Drainers of a cluster find each other: one for the target, beside it one with the holder's name, and one for each
/// worker's session. The server gives them back when a process dies; those of one that hangs are ended by whoever takes over.
/// </summary>
internal sealed class MySqlTargetLock(MySqlTargetOptions options, MySqlCheckpoint checkpoint)
{
    private const int NoSuchThread = 1094;

    private readonly string _name = SqlText.Quote(checkpoint.Table.LockName);

    /// <summary>Takes the lock, and ends what an earlier session has left behind; waits as the claim says.</summary>
    /// <exception cref="TargetException">Somebody else has the target.</exception>
    public async Task TakeAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        TargetClaim claim = options.Claim;
        MySqlConnection connection = session.Connection;

        // A look at the checkpoint's row must not be one at an old snapshot.
        await connection.ExecuteAsync("SET SESSION autocommit=1", cancellationToken).ConfigureAwait(false);
        long started = claim.Time.GetTimestamp();
        while (!await TryTakeAsync(session, cancellationToken).ConfigureAwait(false))
        {
            ulong? commitTs = await CheckEpochAsync(session, cancellationToken).ConfigureAwait(false);
            if (await connection.QueryScalarAsync($"SELECT IS_USED_LOCK({_name})", cancellationToken).ConfigureAwait(false) is { } holding)
            {
                await FaceAsync(session, holding, commitTs, claim.Time.GetElapsedTime(started), cancellationToken).ConfigureAwait(false);
            }

            await Task.Delay(TargetClaim.LookInterval, claim.Time, cancellationToken).ConfigureAwait(false);
        }

        await CheckEpochAsync(session, cancellationToken).ConfigureAwait(false);
        if (connection.Server.Kind != MySqlServerKind.TiDb)
        {
            await EndWorkersAsync(session, cancellationToken).ConfigureAwait(false);
        }

        await KeepLongAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Marks a worker's session as one of this cluster, so that whoever takes over can end it.</summary>
    public async Task MarkWorkerAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        if (connection.Server.Kind != MySqlServerKind.TiDb)
        {
            await connection.QueryScalarAsync($"SELECT GET_LOCK(CONCAT({SqlText.Quote(checkpoint.Table.LockName + ":w:")}, CONNECTION_ID()), 0)", cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Both locks in one statement: at no time does a holder lack its name.</summary>
    private async Task<bool> TryTakeAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        MySqlConnection connection = session.Connection;
        string then = options.Claim.NodeId.Length > 0 ? $"IFNULL(GET_LOCK({NameOf(options.Claim.NodeId)}, 1), 0)*0+1" : "1";
        try
        {
            return await connection.QueryScalarAsync($"SELECT IF(GET_LOCK({_name}, 0)=1, {then}, 0)", cancellationToken).ConfigureAwait(false) == "1";
        }
        catch (MySqlException error) when (!error.IsConnectionLost && connection.Server.Kind == MySqlServerKind.TiDb)
        {
            // TiDB before 6.2 has no such locks. The epoch still lets only one writer commit.
            return !options.Claim.IsWaiting
                ? true
                : throw new TargetException($"{session.Name} has no GET_LOCK, so a standby can't tell when the target is free. Use TiDB 6.2 or later, or set drainer.standby to false.", isTransient: false, error);
        }
    }

    /// <summary>Somebody has the target.</summary>
    private async Task FaceAsync(MySqlSession session, string connectionId, ulong? commitTs, TimeSpan waited, CancellationToken cancellationToken)
    {
        TargetClaim claim = options.Claim;
        (Rival? holder, string? problem) = await FindHolderAsync(session.Connection, connectionId, cancellationToken).ConfigureAwait(false);
        string name = holder is null ? $"connection {connectionId} of {session.Name}" : $"Drainer {holder.NodeId} at {holder.Address}";
        switch (claim.Judge(holder))
        {
            case ClaimStep.TakeOver:
                claim.TakingOver?.Invoke($"{name} (connection {connectionId})");
                await KillAsync(session, connectionId, cancellationToken).ConfigureAwait(false);
                return;

            case ClaimStep.Refuse:
                throw new TargetException(
                    string.Create(CultureInfo.InvariantCulture, $"{session.Name}: {name} is alive and replicates cluster {options.ClusterId} into this target (connection {connectionId}, checkpoint at commit TS {commitTs ?? 0}). Only one Drainer may. Stop that one, or set drainer.standby to true: then this one waits, and takes over when that one dies."),
                    isTransient: false);
        }

        claim.Active = new ActiveDrainer(name, commitTs, holder is not null, problem);
        if (!claim.IsWaiting && waited >= options.LockTimeout)
        {
            throw new TargetException(
                string.Create(CultureInfo.InvariantCulture, $"{session.Name}: {name} still holds the lock {checkpoint.Table.LockName}. It is another Drainer of cluster {options.ClusterId}, or an earlier session of this one that the server has not given up yet (a long statement is still running, or the network failed). {(problem is null ? "" : problem + " ")}Stop the other Drainer, or KILL connection {connectionId}."),
                isTransient: true);
        }
    }

    private async Task<(Rival? Holder, string? Problem)> FindHolderAsync(MySqlConnection connection, string connectionId, CancellationToken cancellationToken)
    {
        TargetClaim claim = options.Claim;
        if (claim.NodeId.Length == 0 || connection.Server.Kind == MySqlServerKind.TiDb)
        {
            return (null, connection.Server.Kind == MySqlServerKind.TiDb ? "TiDB does not tell which Drainer a connection belongs to." : null);
        }

        List<Rival> candidates = [new Rival(claim.NodeId, "this data directory", RivalLife.Unsure)];
        string? problem = null;
        try
        {
            candidates.AddRange(claim.Rivals is null ? [] : await claim.Rivals.LookAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (ClusterException error)
        {
            problem = $"The registry can't be reached, so nobody knows whether the holder lives: {error.Message}";
        }

        MySqlRowReader row = await connection.QueryAsync($"SELECT {string.Join(", ", candidates.Select(candidate => $"IS_USED_LOCK({NameOf(candidate.NodeId)})"))}", cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            int found = Enumerable.Range(0, candidates.Count).FirstOrDefault(column => row.GetString(column) == connectionId, -1);
            return found >= 0 ? (candidates[found], null) : (null, problem ?? "It belongs to no Drainer of the registry.");
        }
    }

    /// <summary>Their transactions are of an epoch that is over, and would keep the rows of a Drainer that hangs locked.</summary>
    private async Task EndWorkersAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        // A checkpoint in the target is locked by a COMMIT that is on its way. One outside of it isn't: then whoever takes over waits until the sessions are gone.
        while (await FindWorkersAsync(session, cancellationToken).ConfigureAwait(false) is { Count: > 0 } workers)
        {
            foreach (string worker in workers)
            {
                await KillAsync(session, worker, cancellationToken).ConfigureAwait(false);
            }

            if (!checkpoint.IsOutside)
            {
                return;
            }

            await Task.Delay(TargetClaim.LookInterval, options.Claim.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<List<string>> FindWorkersAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        var workers = new List<string>();
        MySqlRowReader rows = await session.Connection.QueryAsync($"SELECT ID FROM information_schema.PROCESSLIST WHERE IS_USED_LOCK(CONCAT({SqlText.Quote(checkpoint.Table.LockName + ":w:")}, ID))=ID", cancellationToken).ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                workers.Add(rows.GetString(0) ?? "0");
            }
        }

        return workers;
    }

    private static async Task KillAsync(MySqlSession session, string connectionId, CancellationToken cancellationToken)
    {
        try
        {
            await session.Connection.ExecuteAsync($"KILL {connectionId}", cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error) when (error.Code == NoSuchThread)
        {
            return;
        }
    }

    /// <summary>Between schema changes this session has nothing to do, and is not to lose its lock for that.</summary>
    private static async Task KeepLongAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await connection.ExecuteAsync("SET SESSION wait_timeout=86400", cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error) when (!error.IsConnectionLost)
        {
            return;
        }
    }

    /// <summary>How far the target is; null when it has no checkpoint yet.</summary>
    /// <exception cref="TargetException">This process had the target, and another one has taken it over.</exception>
    private async Task<ulong?> CheckEpochAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        if (await checkpoint.PeekAsync(session, cancellationToken).ConfigureAwait(false) is not { } found)
        {
            return null;
        }

        options.Claim.ExpectNotFenced(session.Name, found.Epoch, found.Holder, found.CommitTs);
        return found.CommitTs;
    }

    /// <summary>Name of the lock that says who a session belongs to. Lock names have 64 characters at most, node IDs 255.</summary>
    private string NameOf(string nodeId) => SqlText.Quote($"{checkpoint.Table.LockName}:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(nodeId)).AsSpan(0, 16))}");
}
