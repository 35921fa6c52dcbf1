using System.Buffers;
using Binlog.Grpc.Framing;
using Grpc.Core;

namespace Binlog.Grpc.Client;

/// <summary>A call that answers with one message.</summary>
internal sealed class SingleResponseCall<TRequest, TResponse> : ClientCall
    where TRequest : class
    where TResponse : class
{
    private const int BufferBytes = 4096;

    private readonly Marshaller<TResponse> _marshaller;
    private readonly UnaryContent? _unary;
    private readonly RequestStreamWriter<TRequest>? _writer;
    private Task<TResponse>? _run;
    private TResponse? _message;

    public SingleResponseCall(GrpcChannel channel, Method<TRequest, TResponse> method, string? host, CallOptions options, UnaryContent content)
        : base(channel, method, host, options, content)
    {
        _marshaller = method.ResponseMarshaller;
        _unary = content;
    }

    public SingleResponseCall(GrpcChannel channel, Method<TRequest, TResponse> method, string? host, CallOptions options, RequestStreamWriter<TRequest> writer)
        : base(channel, method, host, options, writer.Content)
    {
        _marshaller = method.ResponseMarshaller;
        _writer = writer;
        writer.Attach(this);
    }

    /// <summary>Sends the request; completes with the response.</summary>
    public Task<TResponse> Start() => _run = RunAsync();

    public override async Task SettleAsync() => await ((Task)_run!).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    protected override Status Review(Status received) => _message is null && received.StatusCode == StatusCode.OK
        ? new Status(StatusCode.Internal, $"{Channel.Target} answered {Method.FullName} with status OK, but without a message.")
        : received;

    protected override void OnEnded()
    {
        _unary?.Release();
        _writer?.End();
    }

    private async Task<TResponse> RunAsync()
    {
        try
        {
            if (await SendAsync().ConfigureAwait(false))
            {
                _message = await ReadMessageAsync().ConfigureAwait(false);
                EndWithTrailers();
            }
        }
        catch (Exception e)
        {
            throw EndWithException(e);
        }

        return GetStatus().StatusCode == StatusCode.OK ? _message! : throw CreateException();
    }

    private async Task<TResponse?> ReadMessageAsync()
    {
        var stream = await Response.Content.ReadAsStreamAsync(CancellationToken).ConfigureAwait(false);
        using var reader = new FrameStreamReader(stream, Channel.Options.MaxReceiveMessageBytes, BufferBytes);
        if (!await reader.ReadAsync(CancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        var decoder = new MessageDecoder<TResponse>(_marshaller, Channel.Options.MaxReceiveMessageBytes, StatusCode.Internal);
        var message = decoder.Decode(new ReadOnlySequence<byte>(reader.Payload), reader.Compressed, ResponseEncoding);
        return await reader.ReadAsync(CancellationToken).ConfigureAwait(false)
            ? throw new RpcException(new Status(StatusCode.Internal, $"{Channel.Target} answered {Method.FullName} with more than one message."))
            : message;
    }
}
