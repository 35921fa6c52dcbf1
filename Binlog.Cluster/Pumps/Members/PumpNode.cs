using System.Runtime.CompilerServices;
using Binlog.Cluster.Registry;
using Binlog.TiDB.Contracts;
using Google.Protobuf;
using Grpc.Core;

namespace Binlog.Cluster.Pumps.Members;

/// <summary>
/// A Pump by its node ID. It stays the same when the Pump comes back at another address, and is there for the transactions that it took also when the
/// registry no longer lists it. Thread-safe.
/// </summary>
internal sealed class PumpNode : IDisposable
{
    /// <summary>A connection is replaced at most this often, so that a Pump that refuses under load isn't also flooded with connections.</summary>
    private static readonly TimeSpan ReplacingPause = TimeSpan.FromSeconds(1);

    private readonly PumpConnector _connector;
    private readonly Lock _lock = new();
    private readonly RetiredConnections _retired;
    private PumpConnection? _connection;
    private string _address = "";
    private string _addressProblem = "";
    private long _replacedAt;
    private int _errors;

    public PumpNode(string nodeId, PumpConnector connector)
    {
        NodeId = nodeId;
        _connector = connector;
        _retired = new RetiredConnections(2 * connector.Limit.Limit, connector.Time);
        _replacedAt = connector.Time.GetTimestamp();
        Load = connector.MeasuresLoad ? new PumpLoad(connector.Time) : null;
    }

    public string NodeId { get; }

    public string Address => Volatile.Read(ref _address);

    /// <summary>Why its address can't be used; empty when it can.</summary>
    public string AddressProblem => Volatile.Read(ref _addressProblem);

    /// <summary>Null when nobody asks.</summary>
    public PumpLoad? Load { get; }

    public TimeSpan CallTimeout => _connector.Limit.Limit;

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

    /// <summary>Begins to send a binlog, as <see cref="WriteAsync"/> does, without a task of its own.</summary>
    public PumpCall Start(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _connection) is not { } connection)
        {
            return new PumpCall(this, new RpcException(new Status(StatusCode.Unavailable, AddressProblem, new HttpRequestException(HttpRequestError.ConnectionError))));
        }

        try
        {
            var request = new WriteBinlogReq { ClusterId = _connector.ClusterId, Payload = UnsafeByteOperations.UnsafeWrap(payload) };
            AsyncUnaryCall<WriteBinlogResp> call = connection.Client.WriteBinlogAsync(request, new CallOptions(cancellationToken: cancellationToken));
            return new PumpCall(this, call, payload.Length, _connector.Limit.Begin());
        }
        catch (RpcException exception)
        {
            return new PumpCall(this, exception);
        }
    }

    /// <summary>Sends a binlog. Returns when it is durable on the Pump.</summary>
    /// <param name="payload">The binlog; empty asks whether the Pump is there and takes transactions.</param>
    /// <param name="cancellationToken">Ends the call; the binlog may then be stored.</param>
    /// <returns>Null when it is durable, else why not.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled it.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<PumpWriteException?> WriteAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        PumpCall call = Start(payload, cancellationToken);
        try
        {
            return call.End(await call.Response.ConfigureAwait(false));
        }
        catch (RpcException exception)
        {
            return call.End(exception, cancellationToken);
        }
    }

    /// <summary>A binlog was taken.</summary>
    public void NoteSuccess()
    {
        if (_errors != 0)
        {
            ResetErrors();
        }
    }

    /// <summary>A binlog wasn't taken.</summary>
    /// <param name="failure">Why.</param>
    /// <returns>The same.</returns>
    public PumpWriteException NoteFailure(PumpWriteException failure)
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
                if (_connector.Time.GetElapsedTime(_replacedAt) >= ReplacingPause)
                {
                    Replace();
                }
            }
        }

        return failure;
    }

    /// <summary>Closes the connection; calls under way are cut off.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _connection?.Dispose();
            _retired.Dispose();
        }
    }

    private void Replace()
    {
        if (_connection is { } earlier)
        {
            _retired.Add(earlier);
        }

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
    }
}
