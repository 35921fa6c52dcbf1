using Binlog.Cluster.Contracts.Etcd;
using Binlog.Grpc;
using Grpc.Core;

namespace Binlog.Cluster.Etcd;

/// <summary>Makes one call succeed: at another member when one fails, with a new token when the old one is refused, within a time. Thread-safe.</summary>
internal sealed class EtcdCaller : IDisposable
{
    /// <summary>Pause after all members were asked in vain: an election takes one to two seconds.</summary>
    private static readonly TimeSpan RoundPause = TimeSpan.FromMilliseconds(100);

    /// <summary>With less time left no other member is asked: it could only be late.</summary>
    private static readonly TimeSpan ShortestTry = TimeSpan.FromMilliseconds(250);

    /// <summary>Refused tokens in one call. A member that was started again knows no older ones; a change of users makes all old.</summary>
    private const int MostTokens = 3;

    private readonly EtcdClientOptions _options;
    private readonly EtcdAuthenticator? _authenticator;

    public EtcdCaller(EtcdClientOptions options)
    {
        _options = options;
        Endpoints = new EtcdEndpoints(options);
        _authenticator = options.User is null ? null : new EtcdAuthenticator(AuthenticateAsync);
    }

    /// <summary>The members.</summary>
    public EtcdEndpoints Endpoints { get; }

    /// <summary>The user's name, for messages.</summary>
    public string? User => _options.User;

    /// <summary>Carries out a call.</summary>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="call">Does it at one member.</param>
    /// <param name="isRepeatable">Whether it may be done twice: a read, or something whose double is harmless.</param>
    /// <param name="cancellationToken">Ends it. Whether it was done is unknown then.</param>
    /// <exception cref="EtcdOutcomeUnknownException">It may not be repeated, and no answer came.</exception>
    /// <exception cref="ClusterException">No member can be reached, or it is refused.</exception>
    public Task<T> CallAsync<T>(string name, Func<GrpcChannel, CallOptions, Task<T>> call, bool isRepeatable, CancellationToken cancellationToken) =>
        CallAsync(name, call, isRepeatable, _authenticator, cancellationToken);

    /// <summary>What every call carries: the token, and that a member without a leader is to say so instead of waiting.</summary>
    public async Task<(Metadata Headers, string Token)> PrepareAsync(CancellationToken cancellationToken) =>
        await PrepareAsync(_authenticator, cancellationToken).ConfigureAwait(false);

    /// <summary>A token was refused.</summary>
    public void Forget(string token) => _authenticator?.Forget(token);

    /// <inheritdoc />
    public void Dispose()
    {
        Endpoints.Dispose();
        _authenticator?.Dispose();
    }

    private static async Task<(Metadata Headers, string Token)> PrepareAsync(EtcdAuthenticator? authenticator, CancellationToken cancellationToken)
    {
        string token = authenticator is null ? "" : await authenticator.GetAsync(cancellationToken).ConfigureAwait(false);
        var headers = new Metadata { { "hasleader", "true" } };
        if (token.Length > 0)
        {
            headers.Add("token", token);
        }

        return (headers, token);
    }

    private async Task<T> CallAsync<T>(string name, Func<GrpcChannel, CallOptions, Task<T>> call, bool isRepeatable, EtcdAuthenticator? authenticator, CancellationToken cancellationToken)
    {
        long began = _options.Time.GetTimestamp();
        int refusedTokens = 0;
        (string Endpoint, RpcException Failure)? telling = null;
        for (int tried = 1; ; tried++)
        {
            (Metadata headers, string token) = await PrepareAsync(authenticator, cancellationToken).ConfigureAwait(false);
            string endpoint = Endpoints.Current;
            RpcException failure;
            try
            {
                return await call(Endpoints.Channel(endpoint), new CallOptions(headers, DeadlineOfTry(began), cancellationToken)).ConfigureAwait(false);
            }
            catch (RpcException exception) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException("The call was cancelled.", exception, cancellationToken);
            }
            catch (RpcException exception)
            {
                failure = exception;
            }

            Status status = failure.Status;
            if (telling is null || status.StatusCode != StatusCode.DeadlineExceeded)
            {
                // That a deadline has passed says less than what was found out before.
                telling = (endpoint, failure);
            }

            switch (EtcdFailure.KindOf(status))
            {
                case EtcdFailureKind.TokenInvalid when authenticator is not null && ++refusedTokens <= MostTokens:
                    authenticator.Forget(token);
                    continue;
                case EtcdFailureKind.Refused or EtcdFailureKind.TokenInvalid:
                    throw EtcdFailure.Refusal(endpoint, name, status, User, failure);
                case EtcdFailureKind.Unknown when !isRepeatable:
                    Endpoints.MoveOn(endpoint);
                    throw new EtcdOutcomeUnknownException(
                        $"etcd at {endpoint} did not answer {name}, so it may or may not have been done: {status.StatusCode}, {EtcdFailure.Detail(status)}. Check that its members run and see each other.", failure);
            }

            Endpoints.MoveOn(endpoint);
            if (_options.Time.GetElapsedTime(began) + ShortestTry >= _options.CallTimeout)
            {
                throw Unreachable(name, telling.Value.Endpoint, telling.Value.Failure);
            }

            if (tried % Endpoints.Count == 0)
            {
                await Task.Delay(RoundPause, _options.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private DateTime DeadlineOfTry(long began)
    {
        TimeSpan left = _options.CallTimeout - _options.Time.GetElapsedTime(began);
        return (_options.Time.GetUtcNow() + (Endpoints.Count == 1 || left < _options.MemberTimeout ? left : _options.MemberTimeout)).UtcDateTime;
    }

    private ClusterException Unreachable(string name, string endpoint, RpcException failure) => new(
        $"etcd at {Endpoints} did not answer {name} within {_options.CallTimeout.TotalSeconds:0.#} s; at last {endpoint}: {failure.StatusCode}, {EtcdFailure.Detail(failure.Status)}. Check that etcd runs, that these are its client addresses, and that TLS is used on both sides or on none.",
        failure,
        isTransient: true);

    private async Task<string> AuthenticateAsync(CancellationToken cancellationToken)
    {
        var request = new AuthenticateRequest { Name = _options.User!, Password = _options.Password ?? "" };
        return await CallAsync(
            "Authenticate",
            async (channel, options) =>
            {
                try
                {
                    using AsyncUnaryCall<AuthenticateResponse> call = new Auth.AuthClient(channel).AuthenticateAsync(request, options);
                    return (await call.ResponseAsync.ConfigureAwait(false)).Token;
                }
                catch (RpcException exception) when (EtcdFailure.IsAuthNotEnabled(exception.Status))
                {
                    return "";
                }
            },
            isRepeatable: true,
            authenticator: null,
            cancellationToken).ConfigureAwait(false);
    }
}
