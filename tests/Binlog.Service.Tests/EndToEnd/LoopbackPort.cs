using System.Net;
using System.Net.Sockets;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>Ports for processes that are restarted: below the range that the system gives out, so that nobody takes one meanwhile.</summary>
internal static class LoopbackPort
{
    private static int s_next = 15_000 + (Environment.ProcessId * 37 % 15_000);

    public static int Take()
    {
        while (true)
        {
            int port = 15_000 + (Interlocked.Increment(ref s_next) % 16_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                continue;
            }
        }
    }
}
