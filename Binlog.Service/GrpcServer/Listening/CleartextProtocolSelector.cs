using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.GrpcServer.Listening;

/// <summary>
/// Connection middleware that lets one cleartext port serve HTTP/2 (gRPC) and HTTP/1.1. Kestrel chooses between them by what
/// TLS negotiated; a connection that begins with the HTTP/2 preface is therefore presented as if "h2" had been negotiated.
/// </summary>
internal sealed class CleartextProtocolSelector(ConnectionDelegate next, TimeSpan timeout, TimeProvider timeProvider, ILogger logger)
{
    public async Task InvokeAsync(ConnectionContext connection)
    {
        if (await PeekAsync(connection) is not { } kind)
        {
            connection.Abort(new ConnectionAbortedException("The connection closed or said nothing."));
            return;
        }

        if (kind == PrefaceKind.Http2)
        {
            var feature = new PriorKnowledgeFeature();
            connection.Features.Set<ITlsConnectionFeature>(feature);
            connection.Features.Set<ITlsApplicationProtocolFeature>(feature);
        }

        await next(connection);
    }

    /// <summary>Looks at the first bytes and leaves them in the pipe. <c>null</c>: the connection ended, or stayed silent for too long.</summary>
    private async Task<PrefaceKind?> PeekAsync(ConnectionContext connection)
    {
        using var silence = new CancellationTokenSource(timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, connection.ConnectionClosed);
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var result = await input.ReadAsync(either.Token);
                var kind = ConnectionPreface.Classify(result.Buffer);
                var enough = kind != PrefaceKind.Undecided;
                input.AdvanceTo(result.Buffer.Start, enough ? result.Buffer.Start : result.Buffer.End);
                if (enough)
                {
                    return kind;
                }

                if (result.IsCompleted)
                {
                    return null;
                }
            }
        }
        catch (OperationCanceledException)
        {
            if (silence.IsCancellationRequested)
            {
                logger.SilentConnection(connection.RemoteEndPoint, timeout);
            }

            return null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
