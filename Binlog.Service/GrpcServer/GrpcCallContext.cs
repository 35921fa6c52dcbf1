using Binlog.Grpc.Protocol;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.GrpcServer;

/// <summary>One call on the server.</summary>
internal sealed class GrpcCallContext(HttpContext http, string methodName, GrpcServerOptions options) : ServerCallContext, IDisposable
{
    private static readonly TimeSpan MaxTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private CancellationTokenSource? _cancellation;
    private ITimer? _deadlineTimer;
    private DateTime _deadline = DateTime.MaxValue;
    private TimeSpan? _timeout;
    private Metadata? _requestHeaders;
    private Metadata? _trailers;
    private Status _status = Status.DefaultSuccess;
    private int _deadlinePassed;

    public HttpContext Http => http;

    /// <summary>Value of the request's grpc-encoding.</summary>
    public string? RequestEncoding { get; private set; }

    /// <summary>Whether answers may be compressed.</summary>
    public bool CompressResponses { get; private set; }

    /// <remarks>Without the timer the clock says it: a call that is quicker than anybody asks for its token needs no timer.</remarks>
    public bool HasDeadlinePassed =>
        Volatile.Read(ref _deadlinePassed) != 0 || (_timeout is not null && options.TimeProvider.GetUtcNow().UtcDateTime >= _deadline);

    public bool IsAborted => http.RequestAborted.IsCancellationRequested;

    /// <summary>Whether a message was put into the answer, even if it has not been flushed.</summary>
    public bool HasBody { get; set; }

    /// <summary>Whether part of a frame was written that will never be completed.</summary>
    public bool IsResponseBroken { get; set; }

    public Metadata? SentTrailers => _trailers;

    /// <summary>A token for reads and writes; none when no deadline needs one, because Kestrel ends those of an aborted request itself.</summary>
    public CancellationToken IoToken => StartTimer()?.Token ?? CancellationToken.None;

    protected override string MethodCore => methodName;

    protected override string HostCore => http.Request.Host.Value ?? "";

    protected override string PeerCore => PeerName.Of(http.Connection);

    protected override DateTime DeadlineCore => _deadline;

    protected override Metadata RequestHeadersCore => _requestHeaders ??= ReadRequestHeaders();

    protected override CancellationToken CancellationTokenCore => StartTimer()?.Token ?? http.RequestAborted;

    protected override Metadata ResponseTrailersCore => _trailers ??= [];

    protected override Status StatusCore
    {
        get => _status;
        set => _status = value;
    }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    /// <summary>Reads the protocol's request headers.</summary>
    /// <exception cref="RpcException">A header is malformed.</exception>
    public void Begin()
    {
        var headers = http.Request.Headers;
        var timeout = headers[GrpcHeaders.Timeout];
        if (timeout.Count > 0)
        {
            StartDeadline(timeout.ToString());
        }

        var encoding = headers[GrpcHeaders.Encoding];
        if (encoding.Count > 0)
        {
            RequestEncoding = encoding.ToString();
        }

        if ((options.CompressAlways || RequestEncoding == GrpcHeaders.Gzip) && AcceptsGzip(headers[GrpcHeaders.AcceptEncoding].ToString()))
        {
            CompressResponses = true;
            http.Response.Headers[GrpcHeaders.Encoding] = GrpcHeaders.Gzip;
        }
    }

    /// <summary>Starts the deadline's timer unless that was done. The first call may not run beside another.</summary>
    /// <returns>What signals the deadline and the caller's going away; null without a deadline.</returns>
    public CancellationTokenSource? StartTimer()
    {
        if (_timeout is not { } timeout)
        {
            return _cancellation;
        }

        _timeout = null;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        if (timeout <= MaxTimer)
        {
            var left = _deadline == DateTime.MaxValue ? timeout : _deadline - options.TimeProvider.GetUtcNow().UtcDateTime;
            _deadlineTimer = options.TimeProvider.CreateTimer(static state => ((GrpcCallContext)state!).OnDeadline(), this, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }

        return _cancellation;
    }

    public void Dispose()
    {
        _deadlineTimer?.Dispose();
        _cancellation?.Dispose();
    }

    protected override async Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        if (http.Response.HasStarted)
        {
            throw new InvalidOperationException("The response has begun: its headers are out.");
        }

        ResponseStatus.WriteMetadata(http.Response.Headers, responseHeaders);
        await http.Response.BodyWriter.FlushAsync(IoToken);
    }

    private static bool AcceptsGzip(ReadOnlySpan<char> accepted)
    {
        foreach (var range in accepted.Split(','))
        {
            if (accepted[range].Trim().SequenceEqual(GrpcHeaders.Gzip))
            {
                return true;
            }
        }

        return false;
    }

    private void StartDeadline(string text)
    {
        if (!TimeoutHeader.TryParse(text, out var timeout))
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"The header {GrpcHeaders.Timeout} is '{text}'; expected up to eight digits and a unit (H, M, S, m, u or n)."));
        }

        var now = options.TimeProvider.GetUtcNow().UtcDateTime;
        _deadline = timeout < DateTime.MaxValue - now ? now + timeout : DateTime.MaxValue;
        _timeout = timeout;
    }

    private void OnDeadline()
    {
        Volatile.Write(ref _deadlinePassed, 1);
        try
        {
            _cancellation!.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call ended at the same moment.
        }
    }

    private Metadata ReadRequestHeaders()
    {
        var result = new Metadata();
        foreach (var (name, values) in http.Request.Headers)
        {
            if (GrpcHeaders.IsReserved(name))
            {
                continue;
            }

            foreach (var value in values)
            {
                MetadataHeader.Decode(name, value ?? "", result);
            }
        }

        return result;
    }
}
