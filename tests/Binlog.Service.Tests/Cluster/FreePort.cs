using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Binlog.Service.Tests.Cluster;

/// <summary>A loopback port on which nobody listened a moment ago.</summary>
internal static class FreePort
{
    public static int Take()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static string Address() => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Take()}");
}
