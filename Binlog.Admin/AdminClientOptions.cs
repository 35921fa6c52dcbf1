using System;
using System.Net.Http;
using System.Security.Cryptography.X509Certificates;

namespace Binlog.Admin;

/// <summary>How a host is reached.</summary>
public sealed class AdminClientOptions
{
    /// <summary>Address of any host: <c>http://host:port</c> or <c>https://host:port</c>.</summary>
    public Uri Address { get; set; } = new Uri("http://127.0.0.1:8250");

    /// <summary>A token that the host knows; null sends none.</summary>
    public string? Token { get; set; }

    /// <summary>Certificate with its private key, shown to hosts that ask for one; null shows none.</summary>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>Authority that hosts' certificates have to come from; null trusts those of the system.</summary>
    public X509Certificate2? Authority { get; set; }

    /// <summary>How long an answer may take. Reading a whole relay log has no limit.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Who asks, as it stands in the journal beside what the host knows of itself; null: the user of this process.</summary>
    public string? User { get; set; }

    /// <summary>Sends requests in place of the network, for tests; null uses the network.</summary>
    public HttpMessageHandler? Handler { get; set; }

    /// <summary>The options of an address as people write it.</summary>
    /// <param name="address"><c>host:port</c>, or with <c>http://</c> or <c>https://</c> before it. Without a scheme it is https when there is a certificate or an authority.</param>
    /// <param name="secure">Whether https is meant when there is no scheme.</param>
    /// <exception cref="FormatException">It can't be read.</exception>
    public static Uri ParseAddress(string address, bool secure)
    {
        string text = address.Trim();
        if (text.IndexOf("://", StringComparison.Ordinal) < 0)
        {
            text = (secure ? "https://" : "http://") + text;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && (uri.Scheme == "http" || uri.Scheme == "https") && uri.Host.Length > 0 && uri.AbsolutePath == "/" && uri.Query.Length == 0 && uri.UserInfo.Length == 0)
        {
            return uri.IsDefaultPort && !HasPort(text) ? throw Unreadable(address) : uri;
        }

        throw Unreadable(address);
    }

    private static bool HasPort(string text)
    {
        string authority = text.Substring(text.IndexOf("://", StringComparison.Ordinal) + 3).TrimEnd('/');
        return authority.LastIndexOf(':') > authority.LastIndexOf(']');
    }

    private static FormatException Unreadable(string address) =>
        new FormatException($"The address \"{address}\" can't be read; expected host:port of a Pump or a Drainer, such as 127.0.0.1:8250, or https://host:port.");
}
