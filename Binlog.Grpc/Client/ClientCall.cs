using System.Diagnostics.CodeAnalysis;
using System.Net;
using Binlog.Grpc.Protocol;
using Grpc.Core;

namespace Binlog.Grpc.Client;

/// <summary>
/// What calls of every shape share: sending the request, deadline and cancellation, headers, and the one status with
/// which the call ends.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The source has no timer or handle and the request nothing open: there is nothing to give back.")]
internal abstract class ClientCall
{
    private static readonly TimeSpan MaxTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _cancellation = new();
    private readonly CallOptions _options;
    private readonly HttpRequestMessage _request;
    private CancellationTokenRegistration _callerRegistration;
    private CancellationTokenRegistration _shutdownRegistration;
    private ITimer? _deadlineTimer;
    private TaskCompletionSource<Metadata>? _headersSource;
    private HttpResponseMessage? _response;
    private bool _ended;
    private Status _status;
    private Metadata? _trailers;
    private int _cancelReason;

    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "Disposed when the call ends.")]
    protected ClientCall(GrpcChannel channel, IMethod method, string? host, CallOptions options, HttpContent content)
    {
        Channel = channel;
        Method = method;
        _options = options;
        CancellationToken = _cancellation.Token;
        _request = new HttpRequestMessage(HttpMethod.Post, channel.GetUri(method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        RequestHeadersWriter.Write(_request.Headers, channel, host, options.Headers);
    }

    /// <summary>Ends when the call is to stop: by its caller, its deadline, its disposal, the channel, or a local failure.</summary>
    protected CancellationToken CancellationToken { get; }

    protected GrpcChannel Channel { get; }

    protected IMethod Method { get; }

    /// <summary>Value of the answer's grpc-encoding.</summary>
    protected string? ResponseEncoding { get; private set; }

    protected HttpResponseMessage Response => _response ?? throw new InvalidOperationException("No answer has come yet.");

    public Task<Metadata> GetResponseHeadersAsync()
    {
        lock (_lock)
        {
            if (_headersSource is null)
            {
                _headersSource = new TaskCompletionSource<Metadata>(TaskCreationOptions.RunContinuationsAsynchronously);
                CompleteHeaders();
            }

            return _headersSource.Task;
        }
    }

    public Status GetStatus()
    {
        lock (_lock)
        {
            return _ended ? _status : throw new InvalidOperationException("The status is known when the call has ended.");
        }
    }

    public Metadata GetTrailers()
    {
        lock (_lock)
        {
            return _ended ? _trailers ?? Metadata.Empty : throw new InvalidOperationException("The trailers are known when the call has ended.");
        }
    }

    /// <summary>Cancels the call if it runs.</summary>
    public void Cancel(CancelReason reason)
    {
        lock (_lock)
        {
            if (_ended || _cancelReason != (int)CancelReason.None)
            {
                return;
            }

            _cancelReason = (int)reason;
        }

        _cancellation.Cancel();
        OnCancelled();
    }

    /// <summary>Sends the request and checks the head of the answer.</summary>
    /// <returns><c>true</c> if messages may follow; <c>false</c> if the head carried the status, with which the call has ended.</returns>
    protected async Task<bool> SendAsync()
    {
        StartTimers();
        var response = await Channel.SendAsync(_request, CancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            _response = response;
            if (_headersSource is not null)
            {
                CompleteHeaders();
            }
        }

        ResponseHead.Check(response, Channel.Target);
        if (ResponseHead.TryGetStatus(response.Headers, out var status))
        {
            End(Review(status), MetadataReader.Read(response.Headers));
            return false;
        }

        ResponseEncoding = ResponseHead.GetEncoding(response.Headers);
        return true;
    }

    /// <summary>Ends the call with the status of the trailers. To be called when the body has been read to its end.</summary>
    protected Status EndWithTrailers()
    {
        var trailers = Response.TrailingHeaders;
        var status = ResponseHead.TryGetStatus(trailers, out var received)
            ? received
            : new Status(StatusCode.Unknown, $"{Channel.Target} ended its answer without a {GrpcHeaders.Status} trailer.");
        End(Review(status), MetadataReader.Read(trailers));
        return GetStatus();
    }

    /// <summary>Ends the call with what an exception means. The first end counts.</summary>
    protected RpcException EndWithException(Exception exception)
    {
        var reason = (CancelReason)Volatile.Read(ref _cancelReason);
        var (status, trailers) = exception switch
        {
            _ when reason == CancelReason.Deadline => (new Status(StatusCode.DeadlineExceeded, $"The deadline of the call to {Method.FullName} on {Channel.Target} has passed.", exception), null),
            _ when reason == CancelReason.Caller => (new Status(StatusCode.Cancelled, "The caller cancelled the call.", exception), null),
            _ when reason == CancelReason.Disposed => (new Status(StatusCode.Cancelled, "The call was disposed before it ended.", exception), null),
            _ when reason == CancelReason.Shutdown => (new Status(StatusCode.Cancelled, $"The channel to {Channel.Target} was shut down.", exception), null),
            RpcException rpc => (rpc.Status, rpc.Trailers),
            EndOfStreamException when TryGetTrailerStatus(out var sent) => (sent, MetadataReader.Read(Response.TrailingHeaders)),
            _ => (TransportErrors.ToStatus(exception, Channel.Target), (Metadata?)null),
        };
        End(status, trailers);
        return CreateException();
    }

    /// <summary>Completes, without an exception, when it is known whether a failure of the transport has a status of the server behind it.</summary>
    public abstract Task SettleAsync();

    public RpcException CreateException() => new(GetStatus(), GetTrailers());

    public bool HasEnded
    {
        get
        {
            lock (_lock)
            {
                return _ended;
            }
        }
    }

    /// <summary>Whether the messages that came agree with the status that the server sent.</summary>
    protected virtual Status Review(Status received) => received;

    /// <summary>Called after <see cref="CancellationToken"/> was cancelled.</summary>
    protected virtual void OnCancelled()
    {
    }

    /// <summary>Called once, when the status is known.</summary>
    protected abstract void OnEnded();

    private void StartTimers()
    {
        if (_options.Deadline is { } deadline && deadline != DateTime.MaxValue)
        {
            var time = Channel.Options.TimeProvider;
            var timeout = deadline.ToUniversalTime() - time.GetUtcNow().UtcDateTime;
            _request.Headers.TryAddWithoutValidation(GrpcHeaders.Timeout, TimeoutHeader.Format(timeout));
            if (timeout <= TimeSpan.Zero)
            {
                Cancel(CancelReason.Deadline);
            }
            else if (timeout <= MaxTimer)
            {
                _deadlineTimer = time.CreateTimer(static call => ((ClientCall)call!).Cancel(CancelReason.Deadline), this, timeout, Timeout.InfiniteTimeSpan);
            }
        }

        _callerRegistration = _options.CancellationToken.UnsafeRegister(static call => ((ClientCall)call!).Cancel(CancelReason.Caller), this);
        _shutdownRegistration = Channel.ShutdownToken.UnsafeRegister(static call => ((ClientCall)call!).Cancel(CancelReason.Shutdown), this);
    }

    private bool TryGetTrailerStatus(out Status status)
    {
        status = default;
        return _response is not null && ResponseHead.TryGetStatus(_response.TrailingHeaders, out status) && status.StatusCode != StatusCode.OK;
    }

    private void End(Status status, Metadata? trailers)
    {
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            _status = status;
            _trailers = trailers;
            if (_headersSource is not null)
            {
                CompleteHeaders();
            }
        }

        // Unregister, unlike Dispose, does not wait for a callback that runs now; it will find the call ended.
        _deadlineTimer?.Dispose();
        _callerRegistration.Unregister();
        _shutdownRegistration.Unregister();
        OnEnded();

        // Takes an answer that was not read to its end off the connection.
        _response?.Dispose();
    }

    private void CompleteHeaders()
    {
        if (_response is not null)
        {
            _headersSource!.TrySetResult(MetadataReader.Read(_response.Headers));
        }
        else if (_ended)
        {
            _headersSource!.TrySetException(new RpcException(_status, _trailers ?? Metadata.Empty));

            // Whoever asked for the headers may not look at them any more.
            _ = _headersSource.Task.Exception;
        }
    }
}
