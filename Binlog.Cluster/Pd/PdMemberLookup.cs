using Binlog.Cluster.Connecting;
using Binlog.Cluster.Contracts.Pd;
using Grpc.Core;

namespace Binlog.Cluster.Pd;

/// <summary>Asks endpoints who PD's members are. All are asked at once, so that dead ones cost nothing while another one answers. Thread-safe.</summary>
/// <param name="channels">Channels to the endpoints.</param>
/// <param name="time">Clock for deadlines.</param>
/// <param name="expectedClusterId">The ID that the cluster must have; null accepts any.</param>
/// <param name="failures">Is told of endpoints of another cluster.</param>
internal sealed class PdMemberLookup(ServerChannels channels, TimeProvider time, ulong? expectedClusterId, PdFailures failures)
{
    /// <summary>
    /// The first lookup: waits for all endpoints, because only now a wrong one shows.
    /// </summary>
    /// <exception cref="ClusterException">No endpoint answers; or two of them, or one and the expected ID, are of different clusters: not transient.</exception>
    public async Task<PdMembership> DiscoverAsync(IReadOnlyList<string> endpoints, CancellationToken cancellationToken)
    {
        PdMemberAnswer[] answers = await Task.WhenAll(endpoints.Distinct().Select(url => AskAsync(url, cancellationToken))).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        PdMembership[] found = [.. answers.Select(answer => answer.Membership).OfType<PdMembership>()];
        foreach (PdMembership membership in found)
        {
            if (expectedClusterId is { } expected && membership.ClusterId != expected)
            {
                throw PdAnswers.OtherCluster(membership.Source, membership.ClusterId, $"expected {expected}");
            }

            if (membership.ClusterId != found[0].ClusterId)
            {
                throw PdAnswers.OtherCluster(membership.Source, membership.ClusterId, $"the endpoint {found[0].Source} to the one with ID {found[0].ClusterId}");
            }
        }

        return Choose(found, failed: null) ?? throw Nobody(answers);
    }

    /// <summary>A later lookup: answers of other clusters are noted and not used.</summary>
    /// <param name="endpoints">The configured endpoints; the members that are known are asked too.</param>
    /// <param name="known">What is known.</param>
    /// <param name="failed">
    /// The leader whose call failed: the first answer that names another one is taken at once, since some member may not have noticed the
    /// change. Null waits for all.
    /// </param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ClusterException">Nobody of the cluster answers.</exception>
    public async Task<PdMembership> LookAgainAsync(IReadOnlyList<string> endpoints, PdMembership known, PdMember? failed, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<PdMemberAnswer>[] asked = [.. known.Members.SelectMany(member => member.ClientUrls).Concat(endpoints).Distinct().Select(url => AskAsync(url, enough.Token))];
        var found = new List<PdMembership>();
        var answers = new List<PdMemberAnswer>();
        await foreach (Task<PdMemberAnswer> task in Task.WhenEach(asked).ConfigureAwait(false))
        {
            PdMemberAnswer answer = await task.ConfigureAwait(false);
            if (enough.IsCancellationRequested)
            {
                continue;
            }

            if (answer.Membership is { } membership && membership.ClusterId != known.ClusterId)
            {
                answer = new PdMemberAnswer(answer.Url, null, PdAnswers.OtherCluster(answer.Url, membership.ClusterId, $"expected {known.ClusterId}"));
                failures.Note(answer.Error!.Message);
            }

            answers.Add(answer);
            if (answer.Membership is { } usable)
            {
                found.Add(usable);
                if (failed is not null && usable.Leader is { } leader && leader.Id != failed.Id)
                {
                    await enough.CancelAsync().ConfigureAwait(false);
                }
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        return Choose(found, failed) ?? throw Nobody(answers);
    }

    private static PdMembership? Choose(IReadOnlyList<PdMembership> found, PdMember? failed) =>
        found.FirstOrDefault(membership => membership.Leader is { } leader && leader.Id != failed?.Id)
        ?? found.FirstOrDefault(membership => membership.Leader is not null)
        ?? (found.Count == 0 ? null : found[0]);

    private static ClusterException Nobody(IReadOnlyList<PdMemberAnswer> answers)
    {
        bool isTransient = answers.Any(answer => answer.Error!.IsTransient);
        string reasons = string.Join(" ", answers.Select(answer => answer.Error!.Message));
        return new ClusterException($"No PD endpoint says who the members are. {reasons} Check that PD runs and that its client URLs are configured.", answers[0].Error, isTransient);
    }

    private async Task<PdMemberAnswer> AskAsync(string url, CancellationToken cancellationToken)
    {
        try
        {
            var client = new PD.PDClient(channels.Get(url));
            var options = new CallOptions(deadline: (time.GetUtcNow() + PdLimits.MembersTimeout).UtcDateTime, cancellationToken: cancellationToken);
            using AsyncUnaryCall<GetMembersResponse> call = client.GetMembersAsync(new GetMembersRequest { Header = new RequestHeader { ClusterId = expectedClusterId ?? 0 } }, options);
            return new PdMemberAnswer(url, PdMemberAnswer.Read(await call.ResponseAsync.ConfigureAwait(false), url, channels.UsesTls(url)), null);
        }
        catch (RpcException exception)
        {
            return new PdMemberAnswer(url, null, PdAnswers.ToClusterException(exception, nameof(PD.PDClient.GetMembers), url));
        }
        catch (ClusterException exception)
        {
            return new PdMemberAnswer(url, null, exception);
        }
    }
}
