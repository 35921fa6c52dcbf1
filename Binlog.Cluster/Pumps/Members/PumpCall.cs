using System.Diagnostics.CodeAnalysis;
using Binlog.Cluster.Pumps.Writing;
using Binlog.TiDB.Contracts;
using Grpc.Core;

namespace Binlog.Cluster.Pumps.Members;

/// <summary>A call that is under way. Its caller awaits <see cref="Response"/> and ends it exactly once with what came: one asynchronous step for the whole write.</summary>
[SuppressMessage("Performance", "CA1815:Override equals and operator equals on value types", Justification = "Nobody compares them.")]
internal readonly struct PumpCall
{
    private readonly PumpNode _pump;
    private readonly CancellationTokenRegistration _limit;
    private readonly long _started;
    private readonly int _bytes;

    /// <summary>A call that was sent.</summary>
    public PumpCall(PumpNode pump, AsyncUnaryCall<WriteBinlogResp> call, int bytes, CancellationToken limit)
    {
        _pump = pump;
        _bytes = bytes;
        _limit = limit.UnsafeRegister(static call => ((AsyncUnaryCall<WriteBinlogResp>)call!).Dispose(), call);
        _started = pump.Load?.Enter(bytes) ?? 0;
        Response = call.ResponseAsync;
    }

    /// <summary>A call that could not be sent.</summary>
    public PumpCall(PumpNode pump, RpcException failure)
    {
        _pump = pump;
        _bytes = -1;
        Response = Task.FromException<WriteBinlogResp>(failure);
    }

    /// <summary>The answer; fails with <see cref="RpcException"/>.</summary>
    public Task<WriteBinlogResp> Response { get; }

    /// <summary>The answer came.</summary>
    /// <returns>Null when the binlog is durable, else why not.</returns>
    public PumpWriteException? End(WriteBinlogResp response)
    {
        bool isTaken = response.Errmsg.Length == 0;
        Leave(isTaken);
        if (isTaken)
        {
            _pump.NoteSuccess();
            return null;
        }

        return _pump.NoteFailure(PumpAnswers.Of(_pump.Address, response.Errmsg));
    }

    /// <summary>The call failed.</summary>
    /// <returns>Why the binlog wasn't taken.</returns>
    /// <exception cref="OperationCanceledException">The caller had cancelled it; the binlog may be stored.</exception>
    public PumpWriteException End(RpcException exception, CancellationToken cancellationToken)
    {
        Leave(isTaken: false);
        if (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("The write was cancelled.", exception, cancellationToken);
        }

        bool isOverdue = exception.StatusCode == StatusCode.Cancelled && _limit.Token.IsCancellationRequested;
        return _pump.NoteFailure(isOverdue ? PumpAnswers.Overdue(_pump.Address, _pump.CallTimeout, exception) : PumpAnswers.Of(_pump.Address, exception));
    }

    private void Leave(bool isTaken)
    {
        _limit.Unregister();
        if (_bytes >= 0)
        {
            _pump.Load?.Leave(_bytes, _started, isTaken);
        }
    }
}
