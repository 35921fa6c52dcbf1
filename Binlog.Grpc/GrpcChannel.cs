using System.Collections.Concurrent;
using Binlog.Grpc.Client;
using Binlog.Grpc.Protocol;
using Grpc.Core;

namespace Binlog.Grpc;

/// <summary>
/// A gRPC channel over HTTP/2: connects when the first call starts, shares connections among calls, connects again when a
/// connection is lost. Safe for concurrent use.
/// </summary>
public sealed class GrpcChannel : ChannelBase, IDisposable, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Uri> _uris = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _shutdown = new();
    private readonly HttpMessageInvoker _http;
    private readonly ChannelAddress _address;
    private int _disposed;

    private GrpcChannel(string address, GrpcChannelOptions options)
        : base(address)
    {
        Options = options;
        CompressRequests = options.Compression == GrpcHeaders.Gzip;
        _address = ChannelAddress.Parse(address, options.Tls?.ServerName);
        _http = new HttpMessageInvoker(ChannelConnector.CreateHandler(_address, options), disposeHandler: true);
        ShutdownToken = _shutdown.Token;
    }

    internal GrpcChannelOptions Options { get; }

    internal bool CompressRequests { get; }

    internal CancellationToken ShutdownToken { get; }

    /// <summary>Creates a channel. Nothing is sent before the first call.</summary>
    /// <param name="address"><c>http://host:port</c> (cleartext HTTP/2), <c>https://host:port</c> or <c>unix:///path/to.sock</c>.</param>
    /// <param name="options">Settings.</param>
    /// <exception cref="ArgumentException">The address or a setting is invalid.</exception>
    public static GrpcChannel ForAddress(string address, GrpcChannelOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        CheckLimit(options.MaxReceiveMessageBytes, nameof(options.MaxReceiveMessageBytes));
        CheckLimit(options.MaxSendMessageBytes, nameof(options.MaxSendMessageBytes));
        if (options.ReceiveWindowBytes is < 65_535 or > 16 * 1024 * 1024)
        {
            throw new ArgumentException($"{nameof(options.ReceiveWindowBytes)} is {options.ReceiveWindowBytes}; expected 65535 to {16 * 1024 * 1024}.", nameof(options));
        }

        if (options.Compression is not (null or GrpcHeaders.Identity or GrpcHeaders.Gzip))
        {
            throw new ArgumentException($"The compression '{options.Compression}' is not supported; use gzip or identity.", nameof(options));
        }

        return new GrpcChannel(address, options);
    }

    /// <summary>Creates a channel to a peer that has an address without a scheme: TLS when the options have TLS files, else cleartext.</summary>
    /// <param name="hostAndPort"><c>host:port</c>.</param>
    /// <param name="options">Settings.</param>
    /// <exception cref="ArgumentException">The address or a setting is invalid.</exception>
    public static GrpcChannel ForPeer(string hostAndPort, GrpcChannelOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return ForAddress((options.Tls is null ? "http://" : "https://") + hostAndPort, options);
    }

    /// <summary>Creates a channel with the default settings.</summary>
    public static GrpcChannel ForAddress(string address) => ForAddress(address, new GrpcChannelOptions());

    /// <inheritdoc />
    public override CallInvoker CreateCallInvoker() => new HttpCallInvoker(this);

    /// <summary>Calls a method that answers with a stream, whose messages are read in pieces.</summary>
    /// <param name="method">The method; its codec of responses isn't used.</param>
    /// <param name="options">Options of the call.</param>
    /// <param name="request">The request.</param>
    public PiecewiseCall StartPiecewise<TRequest, TResponse>(Method<TRequest, TResponse> method, CallOptions options, TRequest request)
        where TRequest : class
        where TResponse : class
    {
        ArgumentNullException.ThrowIfNull(method);
        var call = new PiecewiseResponseCall(this, method, options, new HttpCallInvoker(this).CreateContent(method, options, request));
        call.Start();
        return new PiecewiseCall(call);
    }

    /// <summary>Ends the calls that run, with status Cancelled, and closes all connections.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _shutdown.Cancel();
            _http.Dispose();
            _shutdown.Dispose();
        }
    }

    /// <inheritdoc cref="Dispose" />
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    protected override Task ShutdownAsyncCore()
    {
        Dispose();
        return Task.CompletedTask;
    }

    internal Uri GetUri(IMethod method) => _uris.GetOrAdd(method.FullName, static (name, uri) => new Uri(uri, name), _address.BaseUri);

    internal Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => _http.SendAsync(request, cancellationToken);

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);

    private static void CheckLimit(int bytes, string name)
    {
        const int Max = 2_000_000_000;
        if (bytes is < 0 or > Max)
        {
            throw new ArgumentException($"{name} is {bytes}; expected 0 to {Max}.", name);
        }
    }
}
