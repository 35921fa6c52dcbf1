using System.Net.Sockets;

namespace Binlog.Service.GrpcServer.Listening;

/// <summary>Clears the way for a Unix socket.</summary>
internal static class StaleSocket
{
    /// <summary>Removes the file of a socket on which nobody listens.</summary>
    /// <exception cref="IOException">Somebody listens there, or the file is something else.</exception>
    public static void Remove(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            return;
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && !IsRegularFile(path))
        {
            File.Delete(path);
            return;
        }
        catch (SocketException e)
        {
            throw new IOException($"Can't listen on '{path}': the file exists and is no socket that can be replaced ({e.Message}). Remove it or choose another path.", e);
        }

        throw new IOException($"Can't listen on '{path}': another process is listening there. Stop it or choose another path.");
    }

    // Connecting to a file that is no socket is refused too; but only such a file can be opened.
    private static bool IsRegularFile(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
