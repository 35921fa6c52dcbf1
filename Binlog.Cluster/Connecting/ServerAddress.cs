using System.Globalization;

namespace Binlog.Cluster.Connecting;

/// <summary>Address of a server of the cluster as people and servers write it: <c>http://host:port</c>, <c>https://host:port</c> or <c>host:port</c>.</summary>
/// <param name="Host">Name or IP address; IPv6 in brackets.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="IsTls">Whether the scheme asks for TLS; null when there is no scheme.</param>
public readonly record struct ServerAddress(string Host, int Port, bool? IsTls)
{
    /// <summary>Reads an address. A path of <c>/</c> is ignored, any other one refused.</summary>
    public static bool TryParse(string text, out ServerAddress address)
    {
        ArgumentNullException.ThrowIfNull(text);
        address = default;
        string trimmed = text.Trim();
        int end = trimmed.IndexOf("://", StringComparison.Ordinal);
        string scheme = end < 0 ? "" : trimmed[..end].ToLowerInvariant();
        string peer = end < 0 ? trimmed : trimmed[(end + 3)..];
        peer = peer.EndsWith('/') ? peer[..^1] : peer;
        int colon = peer.LastIndexOf(':');
        if (scheme is not ("" or "http" or "https") || colon <= 0 || peer.AsSpan().ContainsAny("/?#@ ")
            || !int.TryParse(peer.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is 0 or > 65535)
        {
            return false;
        }

        string host = peer[..colon];
        bool isBracketed = host.StartsWith('[') && host.EndsWith(']');
        if (Uri.CheckHostName(isBracketed ? host[1..^1] : host) == UriHostNameType.Unknown || (!isBracketed && host.Contains(':', StringComparison.Ordinal)))
        {
            return false;
        }

        address = new ServerAddress(host, port, scheme.Length == 0 ? null : scheme == "https");
        return true;
    }

    /// <summary>Whether it is on this machine.</summary>
    public bool IsLoopback =>
        Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (System.Net.IPAddress.TryParse(Host.Trim('[', ']'), out System.Net.IPAddress? ip) && System.Net.IPAddress.IsLoopback(ip));

    /// <summary><c>host:port</c>.</summary>
    public override string ToString() => $"{Host}:{Port}";
}
