namespace Binlog.Grpc.Client;

/// <summary>A parsed channel address.</summary>
/// <param name="BaseUri">What requests are addressed to.</param>
/// <param name="UnixSocketPath">Path of the socket, if it is one.</param>
internal sealed record ChannelAddress(Uri BaseUri, string? UnixSocketPath)
{
    private const string UnixPrefix = "unix://";

    /// <exception cref="ArgumentException">The text is no address.</exception>
    public static ChannelAddress Parse(string address)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        if (address.StartsWith(UnixPrefix, StringComparison.Ordinal) && address.Length > UnixPrefix.Length && address[UnixPrefix.Length] == '/')
        {
            return new ChannelAddress(new Uri("http://localhost"), address[UnixPrefix.Length..]);
        }

        if (Uri.TryCreate(address, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
            && uri.AbsolutePath == "/" && uri.Query.Length == 0 && uri.UserInfo.Length == 0)
        {
            return new ChannelAddress(uri, null);
        }

        throw new ArgumentException($"'{address}' is not a gRPC address. Expected http://host:port, https://host:port or unix:///path/to.sock.", nameof(address));
    }
}
