using System.Runtime.CompilerServices;
using Binlog.Cluster.Pumps.Writing;
using Binlog.Cluster.Registry;
using Binlog.TiDB.Contracts;
using Google.Protobuf;
using Grpc.Core;

namespace Binlog.Cluster.Pumps.Members;

/// <summary>
/// A Pump by its node ID. It stays the same when the Pump comes back at another address, and is there for the transactions that it took also when the
/// registry no longer lists it. Thread-safe.
/// </summary>
internal sealed class PumpNode
{
    /// <summary>A connection is replaced at most this often, so that a Pump that refuses under load isn't also flooded with connections.</summary>
    private static readonly TimeSpan ReplacingPause = TimeSpan.FromSeconds(1);

    private readonly PumpConnector _connector;
    private readonly Lock _lock = new();
    private PumpConnection? _connection;
    private string _address = "";
    private string _addressProblem = "";
    private long _replacedAt;
    private int _errors;

    public PumpNode(string nodeId, PumpConnector connector)
    {
        NodeId = nodeId;
        _connector = connector;
        _replacedAt = connector.Time.GetTimestamp();
        Load = new PumpLoad(connector.Time);
    }

    public string NodeId { get; }

    public string Address => Volatile.Read(ref _address);

    /// <summary>Why its address can't be used; empty when it can.</summary>
    public string AddressProblem => Volatile.Read(ref _addressProblem);

    public PumpLoad Load { get; }

    /// <summary>Writes that failed by the Pump's fault since one succeeded.</summary>
    public int Errors => Volatile.Read(ref _errors);

    /// <summary>The registry's state; written by <see cref="PumpMembers"/> only.</summary>
    public NodeState State { get; set; } = NodeState.Offline;

    /// <summary>Whether the registry lists it; written by <see cref="PumpMembers"/> only.</summary>
    public bool IsListed { get; set; }

    /// <summary>Whether prewrites go to it; written by <see cref="PumpMembers"/> only.</summary>
    public bool IsAvailable { get; set; }

    /// <summary>Why it is unavailable although it is online; written by <see cref="PumpMembers"/> only.</summary>
    public string Problem { get; set; } = "";

    /// <summary>Takes note of where it is. Calls to the earlier address run on.</summary>
    public void MoveTo(string address)
    {
        if (address == Address)
        {
            return;
        }

        lock (_lock)
        {
            Volatile.Write(ref _address, address);
            Replace();
        }
    }

    /// <summary>Forgets earlier failures.</summary>
    public void ResetErrors() => Volatile.Write(ref _errors, 0);

    /// <summary>Sends a binlog. Returns when it is durable on the Pump.</summary>
    /// <param name="payload">The binlog; empty asks whether the Pump is there and takes transactions.</param>
    /// <param name="cancellationToken">Ends the call; the binlog may then be stored.</param>
    /// <exception cref="PumpWriteException">The Pump refused it, or did not answer.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        PumpConnection connection = Enter();
        TimeProvider time = _connector.Time;
        long started = time.GetTimestamp();
        Load.Enter(payload.Length);
        try
        {
            var request = new WriteBinlogReq { ClusterId = _connector.ClusterId, Payload = UnsafeByteOperations.UnsafeWrap(payload) };
            WriteBinlogResp response = await connection.Client.WriteBinlogAsync(
                request, deadline: (time.GetUtcNow() + _connector.CallTimeout).UtcDateTime, cancellationToken: cancellationToken).ResponseAsync.ConfigureAwait(false);
            if (response.Errmsg.Length > 0)
            {
                throw Failed(connection, PumpAnswers.Of(Address, response.Errmsg));
            }

            Volatile.Write(ref _errors, 0);
            long ended = time.GetTimestamp();
            Load.Record(time.GetElapsedTime(started, ended), ended);
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(connection, PumpAnswers.Of(Address, exception));
        }
        catch (RpcException exception)
        {
            throw new OperationCanceledException("The write was cancelled.", exception, cancellationToken);
        }
        finally
        {
            Load.Leave(payload.Length);
            connection.Exit();
        }
    }

    /// <summary>Closes the connection; calls under way are cut off.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _connection?.Abort();
        }
    }

    private PumpConnection Enter()
    {
        while (Volatile.Read(ref _connection) is { } connection)
        {
            if (connection.TryEnter())
            {
                return connection;
            }
        }

        throw new PumpWriteException(Address, AddressProblem, isTransient: true) { IsUnreached = true, IsPumpsFault = true };
    }

    private PumpWriteException Failed(PumpConnection connection, PumpWriteException failure)
    {
        if (failure.IsPumpsFault)
        {
            Interlocked.Increment(ref _errors);
        }

        if (failure.IsUnavailable)
        {
            lock (_lock)
            {
                // Another connection may lead elsewhere: to the process behind a balancer that lives.
                if (ReferenceEquals(connection, _connection) && _connector.Time.GetElapsedTime(_replacedAt) >= ReplacingPause)
                {
                    Replace();
                }
            }
        }

        return failure;
    }

    private void Replace()
    {
        PumpConnection? earlier = _connection;
        try
        {
            Volatile.Write(ref _connection, _connector.Open(_address));
            Volatile.Write(ref _addressProblem, "");
        }
        catch (ArgumentException exception)
        {
            Volatile.Write(ref _connection, null);
            Volatile.Write(ref _addressProblem, $"Its address can't be used: {exception.Message}");
        }

        _replacedAt = _connector.Time.GetTimestamp();
        earlier?.Exit();
    }
}
