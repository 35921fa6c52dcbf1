using System.Net;
using System.Net.Sockets;
using Binlog.MySql.Errors;

namespace Binlog.MySql.Transport;

/// <summary>Opens the socket.</summary>
internal static class ServerConnector
{
    private const int KeepAliveSeconds = 30;

    /// <param name="options">Where to.</param>
    /// <param name="endPoint">Exact address to use instead of the options' host, or null.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<ServerChannel> ConnectAsync(MySqlConnectionOptions options, EndPoint? endPoint, CancellationToken cancellationToken)
    {
        var address = options.UnixSocket ?? $"{options.Host}:{options.Port}";
        var socket = options.UnixSocket is null
            ? endPoint is null ? new Socket(SocketType.Stream, ProtocolType.Tcp) : new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (options.UnixSocket is not null)
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(options.UnixSocket), cancellationToken).ConfigureAwait(false);
                return new ServerChannel(socket, address, options.TimeProvider, options.CommandTimeout);
            }

            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
            await socket.ConnectAsync(endPoint ?? new DnsEndPoint(options.Host, options.Port), cancellationToken).ConfigureAwait(false);
            return new ServerChannel(socket, address, options.TimeProvider, options.CommandTimeout);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new MySqlException(CodeFor(options, e), MySqlException.ConnectionState, $"Can't connect to {address}: {e.Message}.", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static int CodeFor(MySqlConnectionOptions options, SocketException e) =>
        options.UnixSocket is not null ? MySqlErrorCode.CannotConnectSocket
        : e.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData ? MySqlErrorCode.UnknownHost
        : MySqlErrorCode.CannotConnect;
}
