using System.Net.Sockets;

namespace Binlog.Grpc.Client;

/// <summary>Opens the connections of a channel.</summary>
internal static class ChannelConnector
{
    public static SocketsHttpHandler CreateHandler(ChannelAddress address, GrpcChannelOptions options)
    {
        var tls = address.BaseUri.Scheme == Uri.UriSchemeHttps && options.Tls is not null ? new ChannelTls(options.Tls) : null;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            EnableMultipleHttp2Connections = true,

            // The connection window of the handler is 64 MiB. A stream may use this much of it before its reader has to catch up;
            // the handler raises it when the measured round trip asks for more, unless the program forbids that.
            InitialHttp2StreamWindowSize = options.ReceiveWindowBytes,
            ConnectTimeout = options.ConnectTimeout,
            KeepAlivePingDelay = options.KeepAlivePingDelay,
            KeepAlivePingTimeout = options.KeepAlivePingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
            ConnectCallback = async (_, cancellationToken) =>
            {
                tls?.Reload();
                return address.UnixSocketPath is null
                    ? await ConnectTcpAsync(address.Host, address.BaseUri.Port, cancellationToken).ConfigureAwait(false)
                    : await ConnectUnixAsync(address.UnixSocketPath, cancellationToken).ConfigureAwait(false);
            },
        };
        if (tls is not null)
        {
            handler.SslOptions = tls.CreateOptions();
        }

        return handler;
    }

    private static async Task<Stream> ConnectTcpAsync(string host, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<Stream> ConnectUnixAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
