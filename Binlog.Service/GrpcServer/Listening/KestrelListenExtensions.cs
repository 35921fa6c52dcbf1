using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.GrpcServer.Listening;

/// <summary>Endpoints that serve gRPC and HTTP/1.1 on one port.</summary>
public static class KestrelListenExtensions
{
    private const string LogCategory = "Binlog.GrpcServer";
    private static readonly TimeSpan SilenceTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Sets what gRPC needs of Kestrel: messages of any size under flow control, streams that may rest for as long as they
    /// like, windows that fill a fast network.
    /// </summary>
    public static void ConfigureForGrpc(this KestrelServerOptions kestrel)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        kestrel.AddServerHeader = false;

        // A cleartext HTTP/2 connection is presented as if "h2" had been negotiated; its :scheme is http all the same.
        kestrel.AllowAlternateSchemes = true;
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;

        // What a reader that is behind costs, for each connection.
        limits.MaxResponseBufferSize = 128 * 1024;
        limits.Http2.MaxStreamsPerConnection = 10_000;

        // A stream that is not read holds its window's part of the connection's: many such leave room for the others.
        limits.Http2.InitialConnectionWindowSize = 16 * 1024 * 1024;
        limits.Http2.InitialStreamWindowSize = 128 * 1024;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(30);
    }

    /// <summary>Listens for gRPC (HTTP/2) and HTTP/1.1 on the same port.</summary>
    /// <param name="kestrel">The server's options; <see cref="ConfigureForGrpc"/> is applied to them.</param>
    /// <param name="endPoint">Address and port; port 0 takes a free one.</param>
    /// <param name="tls">TLS files; <c>null</c>: cleartext, HTTP/2 with prior knowledge.</param>
    /// <exception cref="InvalidOperationException">A TLS file can't be read.</exception>
    public static void ListenGrpcAndHttp(this KestrelServerOptions kestrel, IPEndPoint endPoint, ServerTls? tls)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        kestrel.ConfigureForGrpc();
        kestrel.Listen(endPoint, listen => Configure(listen, tls));
    }

    /// <summary>Listens for gRPC and HTTP/1.1 on a Unix socket. A socket file that nobody listens on any more is removed.</summary>
    /// <param name="kestrel">The server's options; <see cref="ConfigureForGrpc"/> is applied to them.</param>
    /// <param name="path">Absolute path of the socket.</param>
    /// <exception cref="IOException">Another process listens there, or the path is a file of another kind.</exception>
    public static void ListenGrpcUnixSocket(this KestrelServerOptions kestrel, string path)
    {
        kestrel.ConfigureForGrpc();
        StaleSocket.Remove(path);
        kestrel.ListenUnixSocket(path, listen => Configure(listen, null));
    }

    private static void Configure(ListenOptions listen, ServerTls? tls)
    {
        var logger = listen.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(LogCategory);
        if (tls is not null)
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            UseTls(listen, tls, logger);
            return;
        }

        // The default includes HTTP/1.1 and HTTP/2. Setting it makes Kestrel warn that HTTP/2 needs TLS, which the selector
        // makes untrue.
        var time = listen.ApplicationServices.GetService<TimeProvider>() ?? TimeProvider.System;
        listen.Use(next => new CleartextProtocolSelector(next, SilenceTimeout, time, logger).InvokeAsync);
    }

    private static void UseTls(ListenOptions listen, ServerTls tls, ILogger logger)
    {
        var certificates = new ServerCertificates(tls);
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = context =>
            {
                var current = certificates.GetCurrent(out var problem);
                if (problem is not null)
                {
                    logger.TlsFilesUnusable(problem);
                }

                var options = new SslServerAuthenticationOptions { ServerCertificateContext = current.Certificate };
                if (current.Authorities is not null)
                {
                    options.ClientCertificateRequired = true;
                    options.RemoteCertificateValidationCallback = (_, certificate, chain, _) => IsAccepted(certificate, chain, current.Authorities, tls, context.Connection.RemoteEndPoint, logger);
                }

                return ValueTask.FromResult(options);
            },
        });
    }

    private static bool IsAccepted(X509Certificate? certificate, X509Chain? chain, X509Certificate2Collection authorities, ServerTls tls, EndPoint? client, ILogger logger)
    {
        var reason = ClientCertificateCheck.Refuse(certificate as X509Certificate2, chain?.ChainPolicy.ExtraStore, authorities, tls.AllowedCommonNames);
        if (reason is not null)
        {
            logger.ClientCertificateRefused(client?.ToString() ?? "an unknown address", reason);
        }

        return reason is null;
    }
}
