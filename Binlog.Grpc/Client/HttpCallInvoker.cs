using System.Diagnostics.CodeAnalysis;
using Binlog.Grpc.Framing;
using Grpc.Core;

namespace Binlog.Grpc.Client;

/// <summary>Starts calls on a channel.</summary>
internal sealed class HttpCallInvoker(GrpcChannel channel) : CallInvoker
{
    private static readonly Func<object, Task<Metadata>> Headers = call => ((ClientCall)call).GetResponseHeadersAsync();
    private static readonly Func<object, Status> GetStatus = call => ((ClientCall)call).GetStatus();
    private static readonly Func<object, Metadata> Trailers = call => ((ClientCall)call).GetTrailers();
    private static readonly Action<object> Dispose = call => ((ClientCall)call).Cancel(CancelReason.Disposed);

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        AsyncUnaryCall(method, host, options, request).GetAwaiter().GetResult();

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var call = new SingleResponseCall<TRequest, TResponse>(channel, method, host, options, CreateContent(method, options, request));
        return new AsyncUnaryCall<TResponse>(call.Start(), Headers, GetStatus, Trailers, Dispose, call);
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var call = new StreamResponseCall<TRequest, TResponse>(channel, method, host, options, CreateContent(method, options, request));
        call.Start();
        return new AsyncServerStreamingCall<TResponse>(call, Headers, GetStatus, Trailers, Dispose, call);
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        channel.ThrowIfDisposed();
        var writer = new RequestStreamWriter<TRequest>(channel, method.RequestMarshaller) { WriteOptions = options.WriteOptions };
        var call = new SingleResponseCall<TRequest, TResponse>(channel, method, host, options, writer);
        return new AsyncClientStreamingCall<TRequest, TResponse>(writer, call.Start(), Headers, GetStatus, Trailers, Dispose, call);
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        channel.ThrowIfDisposed();
        var writer = new RequestStreamWriter<TRequest>(channel, method.RequestMarshaller) { WriteOptions = options.WriteOptions };
        var call = new StreamResponseCall<TRequest, TResponse>(channel, method, host, options, writer);
        call.Start();
        return new AsyncDuplexStreamingCall<TRequest, TResponse>(writer, call, Headers, GetStatus, Trailers, Dispose, call);
    }

    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "The call owns the content and gives the frame back when it ends.")]
    internal UnaryContent CreateContent<TRequest, TResponse>(Method<TRequest, TResponse> method, CallOptions options, TRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        channel.ThrowIfDisposed();
        var frame = new FrameBuffer(channel.Options.MaxSendMessageBytes);
        try
        {
            frame.Write(method.RequestMarshaller, request, channel.CompressRequests && options.WriteOptions?.Flags.HasFlag(WriteFlags.NoCompress) != true);
            return new UnaryContent(frame);
        }
        catch
        {
            frame.Dispose();
            throw;
        }
    }
}
