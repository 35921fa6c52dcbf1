using System.Net.Sockets;
using Binlog.Cluster;
using Binlog.Cluster.Connecting;
using Binlog.Grpc;
using Binlog.Grpc.Client;

namespace Binlog.Service.Hosting.Http;

/// <summary>HTTP clients that use this host's TLS files, which are read again for every new connection.</summary>
internal static class TlsHttp
{
    /// <summary>A handler for an <see cref="HttpClient"/>. It uses no proxy and follows no redirection.</summary>
    /// <param name="tls">TLS files for https addresses; null trusts the system's authorities and shows no certificate.</param>
    /// <param name="connectTimeout">How long connecting may take.</param>
    public static SocketsHttpHandler CreateHandler(GrpcTls? tls, TimeSpan connectTimeout)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = connectTimeout };
        if (tls is null)
        {
            return handler;
        }

        var files = new ChannelTls(tls);
        handler.ConnectCallback = async (context, cancellationToken) =>
        {
            files.Reload();
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
        handler.SslOptions = files.CreateOptions();
        return handler;
    }

    /// <summary>The URI of a server; one without a scheme is https when there are TLS files.</summary>
    /// <exception cref="ClusterException">The address can't be read.</exception>
    public static Uri BaseAddressOf(string server, GrpcTls? tls) => ServerAddress.TryParse(server, out ServerAddress address)
        ? new Uri($"{(address.IsTls ?? tls is not null ? "https" : "http")}://{address}")
        : throw new ClusterException($"The server address \"{server}\" can't be read; expected host:port, http://host:port or https://host:port.");
}
