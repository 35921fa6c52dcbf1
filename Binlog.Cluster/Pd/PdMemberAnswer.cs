using Binlog.Cluster.Connecting;
using Binlog.Cluster.Contracts.Pd;

namespace Binlog.Cluster.Pd;

/// <summary>What one endpoint said of PD's members: either or.</summary>
/// <param name="Url">The endpoint.</param>
/// <param name="Membership">Its answer.</param>
/// <param name="Error">Why there is none.</param>
internal sealed record PdMemberAnswer(string Url, PdMembership? Membership, ClusterException? Error)
{
    private const string Cleartext = "http://";

    /// <summary>Reads an answer.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="url">Who gave it.</param>
    /// <param name="isTls">Whether it came by TLS.</param>
    /// <exception cref="ClusterException">It is an error, or no answer of PD.</exception>
    public static PdMembership Read(GetMembersResponse response, string url, bool isTls)
    {
        PdAnswers.Check(response.Header, response.Header?.ClusterId ?? 0, nameof(PD.PDClient.GetMembers), url);
        if (response.Header!.ClusterId == 0)
        {
            throw new ClusterException($"PD at {url} has no cluster ID yet: it is starting for the first time.", isTransient: true);
        }

        PdMember? leader = response.Leader is { } named ? ToMember(named, isTls) : null;
        return new PdMembership(
            response.Header.ClusterId,
            [.. response.Members.Select(member => ToMember(member, isTls))],
            leader is { ClientUrls.Count: > 0 } ? leader : null,
            url);
    }

    private static PdMember ToMember(Member member, bool isTls) =>
        new(member.Name, member.MemberId, [.. member.ClientUrls.Where(url => ServerAddress.TryParse(url, out _)).Select(url => isTls ? KeepTls(url) : url)]);

    // A member that is reached by TLS is not talked out of it by what another one says; TiDB's own clients go by their files alone too.
    private static string KeepTls(string url) => url.StartsWith(Cleartext, StringComparison.OrdinalIgnoreCase) ? "https://" + url[Cleartext.Length..] : url;
}
