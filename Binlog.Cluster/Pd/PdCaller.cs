using Binlog.Cluster.Connecting;
using Binlog.Cluster.Contracts.Pd;
using Grpc.Core;

namespace Binlog.Cluster.Pd;

/// <summary>
/// Calls PD's leader: looks for another leader when the call failed for a reason that may pass, and gives up after
/// <see cref="PdLimits.CallTimeout"/>. Every method that goes through it may be repeated without harm. Thread-safe.
/// </summary>
/// <param name="directory">Knows the leader.</param>
/// <param name="channels">Channels to the members.</param>
/// <param name="time">Clock for deadlines and pauses.</param>
/// <param name="failures">Is told of failed attempts.</param>
internal sealed class PdCaller(PdDirectory directory, ServerChannels channels, TimeProvider time, PdFailures failures)
{
    /// <summary>One call.</summary>
    /// <param name="method">Name of the method, for messages.</param>
    /// <param name="call">Starts the call with the header that it is given.</param>
    /// <param name="headerOf">The answer's header.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    /// <exception cref="ClusterException">PD refuses, or nobody answered in time (transient).</exception>
    public Task<TResponse> CallAsync<TResponse>(
        string method, Func<PD.PDClient, RequestHeader, CallOptions, AsyncUnaryCall<TResponse>> call, Func<TResponse, ResponseHeader?> headerOf, CancellationToken cancellationToken) =>
        RepeatAsync(method, (members, attempt, ending) => AttemptAsync(method, members, attempt, call, headerOf, ending), cancellationToken);

    /// <summary>The members, found within the time of a call.</summary>
    /// <exception cref="ClusterException">An endpoint is of another cluster, or nobody answered in time (transient).</exception>
    public Task<PdMembership> FindMembersAsync(CancellationToken cancellationToken) =>
        RepeatAsync("the question for its members", (members, _, _) => Task.FromResult(members), cancellationToken);

    private async Task<T> RepeatAsync<T>(string what, Func<PdMembership, int, CancellationToken, Task<T>> attemptAsync, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(PdLimits.CallTimeout, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        ClusterException? last = null;
        try
        {
            for (int attempt = 0; ; attempt++)
            {
                PdMembership? members = directory.Current;
                try
                {
                    members = await directory.GetAsync(ending.Token).ConfigureAwait(false);
                    return await attemptAsync(members, attempt, ending.Token).ConfigureAwait(false);
                }
                catch (ClusterException exception) when (exception.IsTransient)
                {
                    last = exception;
                    failures.Note(exception.Message);
                }

                await Task.Delay(PdLimits.PauseAfter(attempt + 1), time, ending.Token).ConfigureAwait(false);
                last = await LookAgainAsync(members, ending.Token).ConfigureAwait(false) ?? last;
            }
        }
        catch (OperationCanceledException exception) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw PdAnswers.GaveUp(what, last, exception);
        }
    }

    private async Task<TResponse> AttemptAsync<TResponse>(
        string method, PdMembership members, int attempt, Func<PD.PDClient, RequestHeader, CallOptions, AsyncUnaryCall<TResponse>> call, Func<TResponse, ResponseHeader?> headerOf, CancellationToken cancellationToken)
    {
        if (members.Leader is null)
        {
            throw PdAnswers.NoLeader(members);
        }

        string url = members.LeaderUrl(attempt);
        try
        {
            var options = new CallOptions(deadline: (time.GetUtcNow() + PdLimits.AttemptTimeout).UtcDateTime, cancellationToken: cancellationToken);
            using AsyncUnaryCall<TResponse> running = call(new PD.PDClient(channels.Get(url)), new RequestHeader { ClusterId = members.ClusterId }, options);
            TResponse response = await running.ResponseAsync.ConfigureAwait(false);
            PdAnswers.Check(headerOf(response), members.ClusterId, method, url);
            return response;
        }
        catch (RpcException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException($"The call of {method} was cancelled.", exception, cancellationToken);
        }
        catch (RpcException exception)
        {
            throw PdAnswers.ToClusterException(exception, method, url);
        }
    }

    // A lookup that fails is no reason to give up before the time is over.
    private async Task<ClusterException?> LookAgainAsync(PdMembership? failed, CancellationToken cancellationToken)
    {
        try
        {
            await directory.RefreshAsync(failed, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (ClusterException exception) when (exception.IsTransient)
        {
            return exception;
        }
    }
}
