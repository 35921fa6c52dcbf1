namespace Binlog.Grpc.Client;

/// <summary>A parsed channel address.</summary>
/// <param name="BaseUri">What requests are addressed to.</param>
/// <param name="Host">What to connect to; may differ from the name in <paramref name="BaseUri"/>.</param>
/// <param name="UnixSocketPath">Path of the socket, if it is one.</param>
internal sealed record ChannelAddress(Uri BaseUri, string Host, string? UnixSocketPath)
{
    private const string UnixPrefix = "unix://";

    /// <param name="address">The address.</param>
    /// <param name="tlsServerName">Name that the server's certificate must carry, if not the address's host.</param>
    /// <exception cref="ArgumentException">The text is no address.</exception>
    public static ChannelAddress Parse(string address, string? tlsServerName)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        if (address.StartsWith(UnixPrefix, StringComparison.Ordinal) && address.Length > UnixPrefix.Length && address[UnixPrefix.Length] == '/')
        {
            return new ChannelAddress(new Uri("http://localhost"), "localhost", address[UnixPrefix.Length..]);
        }

        if (Uri.TryCreate(address, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
            && uri.AbsolutePath == "/" && uri.Query.Length == 0 && uri.UserInfo.Length == 0)
        {
            // The handler takes the name for TLS from the URI.
            var baseUri = tlsServerName is not null && uri.Scheme == Uri.UriSchemeHttps ? new UriBuilder(uri) { Host = tlsServerName }.Uri : uri;
            return new ChannelAddress(baseUri, uri.IdnHost, null);
        }

        throw new ArgumentException($"'{address}' is not a gRPC address. Expected http://host:port, https://host:port or unix:///path/to.sock.", nameof(address));
    }
}
