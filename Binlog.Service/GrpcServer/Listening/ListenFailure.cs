using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Binlog.Service.GrpcServer.Listening;

/// <summary>Says what to do about an endpoint that can't be opened.</summary>
public static class ListenFailure
{
    /// <summary>Explains an exception of starting the host, if it is about an endpoint.</summary>
    /// <param name="exception">What starting the host threw.</param>
    /// <returns>What, where and what to do; <c>null</c> if the exception is about something else.</returns>
    public static string? Explain(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is AddressInUseException)
            {
                return $"{exception.Message} Another process (perhaps another instance of this one) has the address. Stop it, or set another address or port in the configuration.";
            }

            if (e is SocketException { SocketErrorCode: SocketError.AccessDenied })
            {
                return $"{exception.Message} This user may not open the address. Ports below 1024 need a privilege (CAP_NET_BIND_SERVICE); choose another one or grant it.";
            }

            if (e is SocketException { SocketErrorCode: SocketError.AddressNotAvailable })
            {
                return $"{exception.Message} No network interface of this machine has the address. Set the address of an interface, or 0.0.0.0 for all.";
            }
        }

        return null;
    }
}
