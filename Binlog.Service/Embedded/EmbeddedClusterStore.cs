using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Cluster.Timestamps;
using Microsoft.Data.Sqlite;

namespace Binlog.Service.Embedded;

/// <summary>
/// The registry and the TSO of an embedded cluster, kept in a SQLite file of the cluster's first host. Thread-safe.
/// </summary>
/// <remarks>
/// Fresh timestamps follow the clock, are never given out twice (an upper bound is stored before any timestamp under it is
/// given out), and are above every timestamp that any Pump has reported since the store was opened. The high-water mark that
/// <see cref="ObserveAsync"/> answers is the greatest timestamp seen or given out, and does not follow the clock: so binlogs
/// whose timestamps come from elsewhere, a recording's for example, are never overtaken by a fake binlog.
/// </remarks>
internal sealed class EmbeddedClusterStore : INodeRegistry, ITsoSource, IDisposable, IAsyncDisposable
{
    private const int LogicalBits = 18;
    private const ulong ReservedAhead = 3000UL << LogicalBits;

    private readonly Lock _lock = new();
    private readonly string _file;
    private readonly SqliteConnection _connection;
    private readonly TimeProvider _time;
    private ulong _last;
    private ulong _reserved;
    private ulong _observed;

    private EmbeddedClusterStore(string file, SqliteConnection connection, TimeProvider time)
    {
        _file = file;
        _connection = connection;
        _time = time;
    }

    /// <summary>Opens the file, creating it when it is missing.</summary>
    /// <exception cref="ClusterException">The file can't be used, or belongs to another cluster.</exception>
    public static EmbeddedClusterStore Open(string file, ulong clusterId, TimeProvider time)
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        try
        {
            connection.Open();
            var store = new EmbeddedClusterStore(file, connection, time);
            store.Prepare(clusterId);
            return store;
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw Unusable(file, exception);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public Task PutAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken) => WriteAsync(role, status, isRenewal: false);

    /// <inheritdoc />
    public Task RenewAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken) => WriteAsync(role, status, isRenewal: true);

    /// <inheritdoc />
    public Task<bool> TryReplaceAsync(NodeRole role, NodeStatus expected, NodeStatus status, CancellationToken cancellationToken)
    {
        try
        {
            lock (_lock)
            {
                bool isUnchanged = Find(role, status.NodeId) is { } found && found.IsOfSameWriteAs(expected);
                if (isUnchanged)
                {
                    Write(role, status);
                }

                return Task.FromResult(isUnchanged);
            }
        }
        catch (SqliteException exception)
        {
            return Task.FromException<bool>(Unusable(_file, exception));
        }
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<NodeStatus>> ListAsync(NodeRole role, CancellationToken cancellationToken)
    {
        try
        {
            var nodes = new List<NodeStatus>();
            lock (_lock)
            {
                using SqliteCommand command = Command("SELECT status FROM nodes WHERE role = $role ORDER BY node_id", ("$role", role.ToString()));
                using SqliteDataReader reader = command.ExecuteReader();
                while (reader.Read())
                {
                    nodes.Add(NodeStatus.Parse(reader.GetFieldValue<byte[]>(0)));
                }
            }

            return Task.FromResult<IReadOnlyList<NodeStatus>>(nodes);
        }
        catch (SqliteException exception)
        {
            return Task.FromException<IReadOnlyList<NodeStatus>>(Unusable(_file, exception));
        }
    }

    /// <inheritdoc />
    public ValueTask<ulong> NextAsync(int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 1 << LogicalBits);
        lock (_lock)
        {
            ulong clock = (ulong)_time.GetUtcNow().ToUnixTimeMilliseconds() << LogicalBits;
            ulong last = Math.Max(clock, Math.Max(_last, _observed)) + (ulong)count;
            if (last > _reserved)
            {
                Reserve(last + ReservedAhead);
            }

            _last = last;
            return ValueTask.FromResult(last);
        }
    }

    /// <inheritdoc />
    public ValueTask<ulong> ObserveAsync(ulong seen, CancellationToken cancellationToken)
    {
        if (seen > TsoLimits.Max)
        {
            return ValueTask.FromException<ulong>(new ClusterException($"A Pump reports that it has seen the timestamp {seen}; expected at most {TsoLimits.Max}."));
        }

        lock (_lock)
        {
            _observed = Math.Max(_observed, seen);
            return ValueTask.FromResult(Math.Max(_last, _observed));
        }
    }

    /// <inheritdoc />
    public void Dispose() => _connection.Dispose();

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private Task WriteAsync(NodeRole role, NodeStatus status, bool isRenewal)
    {
        try
        {
            lock (_lock)
            {
                if (isRenewal && status.State != NodeState.Offline && Find(role, status.NodeId)?.State == NodeState.Offline)
                {
                    return Task.FromException(NodeSetOfflineException.Of(role, status.NodeId));
                }

                Write(role, status);
            }

            return Task.CompletedTask;
        }
        catch (SqliteException exception)
        {
            return Task.FromException(Unusable(_file, exception));
        }
    }

    private void Write(NodeRole role, NodeStatus status) => Execute(
        "INSERT INTO nodes (role, node_id, status) VALUES ($role, $id, $status) ON CONFLICT (role, node_id) DO UPDATE SET status = excluded.status",
        ("$role", role.ToString()),
        ("$id", status.NodeId),
        ("$status", status.ToJson()));

    private NodeStatus? Find(NodeRole role, string nodeId)
    {
        using SqliteCommand command = Command("SELECT status FROM nodes WHERE role = $role AND node_id = $id", ("$role", role.ToString()), ("$id", nodeId));
        return command.ExecuteScalar() is byte[] status ? NodeStatus.Parse(status) : null;
    }

    private void Prepare(ulong clusterId)
    {
        Execute("PRAGMA journal_mode = WAL");
        Execute("PRAGMA synchronous = FULL");
        Execute("CREATE TABLE IF NOT EXISTS nodes (role TEXT NOT NULL, node_id TEXT NOT NULL, status BLOB NOT NULL, PRIMARY KEY (role, node_id))");
        Execute("CREATE TABLE IF NOT EXISTS cluster (cluster_id INTEGER NOT NULL, tso_reserved INTEGER NOT NULL)");
        Execute("INSERT INTO cluster SELECT $id, 0 WHERE NOT EXISTS (SELECT 1 FROM cluster)", ("$id", (long)clusterId));
        using SqliteCommand command = Command("SELECT cluster_id, tso_reserved FROM cluster");
        using SqliteDataReader reader = command.ExecuteReader();
        reader.Read();
        ulong found = (ulong)reader.GetInt64(0);
        if (found != clusterId)
        {
            throw new ClusterException($"The embedded cluster's file {_file} belongs to cluster {found}, but cluster.id is {clusterId}. Set cluster.id to {found}, or use another dataDir.");
        }

        _reserved = _last = (ulong)reader.GetInt64(1);
    }

    private void Reserve(ulong upTo)
    {
        try
        {
            Execute("UPDATE cluster SET tso_reserved = $tso", ("$tso", (long)upTo));
            _reserved = upTo;
        }
        catch (SqliteException exception)
        {
            throw Unusable(_file, exception);
        }
    }

    private static ClusterException Unusable(string file, SqliteException exception) => new(
        $"The embedded cluster's file {file} can't be used: {exception.Message}. Check that it is a SQLite file of binlogd, that the disk is not full and that this process may write it.",
        exception,
        isTransient: true);

    private SqliteCommand Command(string sql, params (string Name, object Value)[] parameters)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }

    private void Execute(string sql, params (string Name, object Value)[] parameters)
    {
        using SqliteCommand command = Command(sql, parameters);
        command.ExecuteNonQuery();
    }
}
