using System.Buffers;
using Binlog.Grpc.Framing;
using Grpc.Core;

namespace Binlog.Grpc.Client;

/// <summary>A call that answers with a stream of messages.</summary>
internal sealed class StreamResponseCall<TRequest, TResponse> : StreamedCall, IAsyncStreamReader<TResponse>
    where TRequest : class
    where TResponse : class
{
    private const int BufferBytes = 64 * 1024;

    private readonly MessageDecoder<TResponse> _decoder;
    private readonly UnaryContent? _unary;
    private readonly RequestStreamWriter<TRequest>? _writer;
    private FrameStreamReader? _reader;
    private TResponse? _current;

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

    protected override void OnEnded()
    {
        _unary?.Release();
        _writer?.End();
    }

    protected override void ReleaseReader()
    {
        _reader?.Dispose();
        _reader = null;
    }

    private async Task<bool> ReadNextAsync()
    {
        if (!await WaitForHeadAsync().ConfigureAwait(false))
        {
            return false;
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
