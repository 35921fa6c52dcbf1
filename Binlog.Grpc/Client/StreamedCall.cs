using Grpc.Core;

namespace Binlog.Grpc.Client;

/// <summary>What calls share that answer with a stream: one reader at a time, and an end also for a call that is cancelled between two reads.</summary>
internal abstract class StreamedCall(GrpcChannel channel, IMethod method, string? host, CallOptions options, HttpContent content)
    : ClientCall(channel, method, host, options, content)
{
    private readonly Lock _readLock = new();
    private Task<bool>? _sent;
    private bool _headCame;
    private bool _reading;

    /// <summary>Sends the request.</summary>
    public void Start() => _sent = StartAsync();

    public override Task SettleAsync() => _sent!;

    /// <summary>Waits for the head of the answer; false when there is nothing to read because the call has ended well.</summary>
    /// <exception cref="RpcException">It has ended otherwise.</exception>
    protected async ValueTask<bool> WaitForHeadAsync()
    {
        var open = await _sent!.ConfigureAwait(false);
        return open && !HasEnded || (GetStatus().StatusCode == StatusCode.OK ? false : throw CreateException());
    }

    /// <summary>Gives back what reading took.</summary>
    protected abstract void ReleaseReader();

    protected override void OnCancelled() => EndIfCancelledWhileIdle();

    protected void BeginRead()
    {
        lock (_readLock)
        {
            if (_reading)
            {
                throw new InvalidOperationException("A read is still running; a stream is read by one reader.");
            }

            _reading = true;
        }
    }

    protected void EndRead()
    {
        lock (_readLock)
        {
            _reading = false;
        }

        EndIfCancelledWhileIdle();
    }

    /// <summary>
    /// Ends a cancelled call between two reads, when nothing else would tell the server. Called at each of the three
    /// points of which the last may be the one that sees the whole: the head came, a read ended, the token was cancelled.
    /// </summary>
    private void EndIfCancelledWhileIdle()
    {
        lock (_readLock)
        {
            if (CancellationToken.IsCancellationRequested && _headCame && !_reading && !HasEnded)
            {
                EndWithException(new OperationCanceledException(CancellationToken));
                ReleaseReader();
            }
        }
    }

    private async Task<bool> StartAsync()
    {
        try
        {
            var open = await SendAsync().ConfigureAwait(false);
            lock (_readLock)
            {
                _headCame = true;
            }

            EndIfCancelledWhileIdle();
            return open;
        }
        catch (Exception e)
        {
            // The next read reports the status that is kept here.
            EndWithException(e);
            return false;
        }
    }
}
