using System.Diagnostics;
using System.Net.Sockets;

namespace Binlog.TestKit.MariaDb;

/// <summary>A server is ready when a connection to its Unix socket is greeted.</summary>
internal static class MariaDbReadiness
{
    private const byte ProtocolVersion = 10;

    /// <summary>Waits for the greeting; false when the server's process ended first.</summary>
    public static async Task<bool> WaitAsync(Process process, string socketPath, CancellationToken cancellationToken)
    {
        while (!process.HasExited)
        {
            if (File.Exists(socketPath) && await IsGreetedAsync(socketPath, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }

            await Task.Delay(10, cancellationToken).ConfigureAwait(false);
        }

        return false;
    }

    private static async Task<bool> IsGreetedAsync(string socketPath, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken).ConfigureAwait(false);
            var buffer = new byte[256];
            var count = await socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
            return count > 4 && buffer[4] == ProtocolVersion;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
