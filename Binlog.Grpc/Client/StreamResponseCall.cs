using System.Buffers;
using Binlog.Grpc.Framing;
using Grpc.Core;

namespace Binlog.Grpc.Client;

/// <summary>A call that answers with a stream of messages.</summary>
internal sealed class StreamResponseCall<TRequest, TResponse> : ClientCall, IAsyncStreamReader<TResponse>
    where TRequest : class
    where TResponse : class
{
    private const int BufferBytes = 64 * 1024;

    private readonly Lock _readLock = new();
    private readonly MessageDecoder<TResponse> _decoder;
    private readonly UnaryContent? _unary;
    private readonly RequestStreamWriter<TRequest>? _writer;
    private Task<bool>? _sent;
    private FrameStreamReader? _reader;
    private TResponse? _current;
    private bool _headCame;
    private bool _reading;

    public StreamResponseCall(GrpcChannel channel, Method<TRequest, TResponse> method, string? host, CallOptions options, UnaryContent content)
        : base(channel, method, host, options, content)
    {
        _decoder = new MessageDecoder<TResponse>(method.ResponseMarshaller, channel.Options.MaxReceiveMessageBytes, StatusCode.Internal);
        _unary = content;
    }

    public StreamResponseCall(GrpcChannel channel, Method<TRequest, TResponse> method, string? host, CallOptions options, RequestStreamWriter<TRequest> writer)
        : base(channel, method, host, options, writer.Content)
    {
        _decoder = new MessageDecoder<TResponse>(method.ResponseMarshaller, channel.Options.MaxReceiveMessageBytes, StatusCode.Internal);
        _writer = writer;
        writer.Attach(this);
    }

    public TResponse Current => _current ?? throw new InvalidOperationException("There is no current message: MoveNext has not returned true.");

    /// <summary>Sends the request.</summary>
    public void Start() => _sent = StartAsync();

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        BeginRead();

        try
        {
            using var registration = cancellationToken.UnsafeRegister(static call => ((ClientCall)call!).Cancel(CancelReason.Caller), this);
            _current = null;
            return await ReadNextAsync().ConfigureAwait(false);
        }
        finally
        {
            EndRead();
        }
    }

    public override Task SettleAsync() => _sent!;

    protected override void OnEnded()
    {
        _unary?.Release();
        _writer?.End();
    }

    protected override void OnCancelled() => EndIfCancelledWhileIdle();

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

    private void BeginRead()
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

    private void EndRead()
    {
        lock (_readLock)
        {
            _reading = false;
        }

        EndIfCancelledWhileIdle();
    }

    private void ReleaseReader()
    {
        _reader?.Dispose();
        _reader = null;
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
            // MoveNext reports the status that is kept here.
            EndWithException(e);
            return false;
        }
    }

    private async Task<bool> ReadNextAsync()
    {
        var open = await _sent!.ConfigureAwait(false);
        if (!open || HasEnded)
        {
            return GetStatus().StatusCode == StatusCode.OK ? false : throw CreateException();
        }

        try
        {
            CancellationToken.ThrowIfCancellationRequested();
            _reader ??= new FrameStreamReader(
                await Response.Content.ReadAsStreamAsync(CancellationToken).ConfigureAwait(false), Channel.Options.MaxReceiveMessageBytes, BufferBytes);
            if (await _reader.ReadAsync(CancellationToken).ConfigureAwait(false))
            {
                _current = _decoder.Decode(new ReadOnlySequence<byte>(_reader.Payload), _reader.Compressed, ResponseEncoding);
                return true;
            }

            EndWithTrailers();
        }
        catch (Exception e)
        {
            EndWithException(e);
        }

        ReleaseReader();
        return GetStatus().StatusCode == StatusCode.OK ? false : throw CreateException();
    }
}
