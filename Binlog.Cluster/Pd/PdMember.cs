namespace Binlog.Cluster.Pd;

/// <summary>A member of PD's cluster.</summary>
/// <param name="Name">Its name; may be empty while it joins.</param>
/// <param name="Id">Its ID.</param>
/// <param name="ClientUrls">Where it is reached; none while it joins.</param>
public sealed record PdMember(string Name, ulong Id, IReadOnlyList<string> ClientUrls);
