using System.Diagnostics.CodeAnalysis;
using Binlog.Grpc.Framing;
using Grpc.Core;

namespace Binlog.Grpc.Client;

/// <summary>The caller's side of a stream of requests.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The buffer is given back after every write.")]
internal sealed class RequestStreamWriter<TRequest>(GrpcChannel channel, Marshaller<TRequest> marshaller) : IClientStreamWriter<TRequest>
    where TRequest : class
{
    private readonly FrameBuffer _frame = new(channel.Options.MaxSendMessageBytes);
    private ClientCall? _call;
    private int _writing;
    private bool _completed;

    public StreamingContent Content { get; } = new();

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(TRequest message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(TRequest message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        BeginWrite();
        try
        {
            ThrowIfEnded();
            using var registration = cancellationToken.UnsafeRegister(static call => ((ClientCall)call!).Cancel(CancelReason.Caller), _call);
            await WriteCoreAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "The caller cancelled the write, and with it the call."));
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException or ObjectDisposedException)
        {
            await _call!.SettleAsync().ConfigureAwait(false);
            ThrowIfEnded();
            throw new RpcException(TransportErrors.ToStatus(e, channel.Target));
        }
        finally
        {
            _frame.Dispose();
            Volatile.Write(ref _writing, 0);
        }
    }

    public Task CompleteAsync()
    {
        BeginWrite();
        _completed = true;
        Content.Complete();
        Volatile.Write(ref _writing, 0);
        return Task.CompletedTask;
    }

    /// <summary>Names the call that the stream belongs to; before the first write.</summary>
    public void Attach(ClientCall call) => _call = call;

    /// <summary>The call has ended: later writes fail with its status.</summary>
    public void End() => Content.Complete();

    private async Task WriteCoreAsync(TRequest message, CancellationToken cancellationToken)
    {
        var flags = WriteOptions?.Flags ?? WriteFlags.None;
        _frame.Write(marshaller, message, channel.CompressRequests && !flags.HasFlag(WriteFlags.NoCompress));
        var stream = await Content.Stream.WaitAsync(cancellationToken).ConfigureAwait(false);
        await stream.WriteAsync(_frame.Frame, cancellationToken).ConfigureAwait(false);
        if (!flags.HasFlag(WriteFlags.BufferHint))
        {
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void BeginWrite()
    {
        if (Interlocked.Exchange(ref _writing, 1) != 0)
        {
            throw new InvalidOperationException("The previous write is still running; await it first.");
        }

        if (_completed)
        {
            Volatile.Write(ref _writing, 0);
            throw new InvalidOperationException("The stream of requests was completed.");
        }
    }

    private void ThrowIfEnded()
    {
        if (_call!.HasEnded)
        {
            throw _call.CreateException();
        }
    }
}
