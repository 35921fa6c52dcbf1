using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Binlog.Service.Configuration;

/// <summary>A host name or IP address with a port, written <c>host:port</c> or <c>[IPv6]:port</c>.</summary>
internal readonly record struct HostPort(string Host, int Port)
{
    /// <summary>True for 0.0.0.0 and [::], which can be listened on but not connected to.</summary>
    public bool IsAnyAddress =>
        IPAddress.TryParse(Host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    /// <summary>True when only programs on this machine can connect.</summary>
    public bool IsLoopback =>
        Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Reads the address; on failure <paramref name="problem"/> says what is wrong with it.</summary>
    public static bool TryParse(string text, out HostPort address, [NotNullWhen(false)] out string? problem)
    {
        address = default;
        var colon = text.LastIndexOf(':');
        if (colon < 0 || text.EndsWith(']'))
        {
            problem = "the port is missing";
            return false;
        }

        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            problem = IPAddress.TryParse(host, out var ip) && ip.AddressFamily == AddressFamily.InterNetworkV6
                ? null
                : $"\"{host}\" in the brackets is not an IPv6 address";
        }
        else
        {
            problem = ProblemOfHost(host);
        }

        if (problem is not null)
        {
            return false;
        }

        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > IPEndPoint.MaxPort)
        {
            problem = $"the port \"{text[(colon + 1)..]}\" is not an integer from 0 to 65535";
            return false;
        }

        address = new HostPort(host, port);
        return true;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    private static string? ProblemOfHost(string host)
    {
        if (host.Length == 0)
        {
            return "the host is missing";
        }

        if (host.EndsWith("//", StringComparison.Ordinal) || host.Contains("://", StringComparison.Ordinal))
        {
            return "an address has no scheme";
        }

        if (host.Contains(':', StringComparison.Ordinal))
        {
            return "an IPv6 address needs brackets, as in [::1]:8250";
        }

        return Uri.CheckHostName(host) == UriHostNameType.Unknown ? $"\"{host}\" is not a host name or IP address" : null;
    }
}
