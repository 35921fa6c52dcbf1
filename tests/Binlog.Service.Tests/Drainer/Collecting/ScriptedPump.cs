using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Tests.Drainer.Collecting;

/// <summary>A Pump's port at which each pull is answered with just the bytes that a test wants, and then left open.</summary>
internal sealed class ScriptedPump : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedPump(WebApplication app) => _app = app;

    public string Address => $"127.0.0.1:{new Uri(_app.Urls.First()).Port}";

    /// <param name="answer">Writes the body of the answer. When it returns true the stream stays open; otherwise it ends well.</param>
    /// <param name="encoding">What compressed messages are said to be.</param>
    public static async Task<ScriptedPump> StartAsync(Func<Stream, CancellationToken, Task<bool>> answer, string? encoding = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        WebApplication app = builder.Build();
        app.Run(async http =>
        {
            http.Response.ContentType = "application/grpc";
            if (encoding is not null)
            {
                http.Response.Headers["grpc-encoding"] = encoding;
            }

            http.Response.DeclareTrailer("grpc-status");
            await http.Response.StartAsync();
            if (await answer(http.Response.Body, http.RequestAborted))
            {
                await http.Response.Body.FlushAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            http.Response.AppendTrailer("grpc-status", "0");
        });
        await app.StartAsync();
        return new ScriptedPump(app);
    }

    /// <summary>Sends binlogs, as they are or as gzip, and leaves the stream open.</summary>
    public static Task<ScriptedPump> StartAsync(bool compress, params LargeBinlog[] binlogs) => StartAsync(
        async (output, cancellationToken) =>
        {
            foreach (LargeBinlog binlog in binlogs)
            {
                await (compress ? WriteCompressedAsync(output, binlog, cancellationToken) : WriteAsync(output, binlog, cancellationToken));
            }

            return true;
        },
        compress ? "gzip" : null);

    public static async Task WriteAsync(Stream output, LargeBinlog binlog, CancellationToken cancellationToken)
    {
        await output.WriteAsync(Frame(binlog.MessageLength), cancellationToken);
        await binlog.WriteMessageAsync(output, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    /// <summary>The head of a frame.</summary>
    public static byte[] Frame(int length, bool isCompressed = false)
    {
        byte[] frame = new byte[5];
        frame[0] = isCompressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), length);
        return frame;
    }

    private static async Task WriteCompressedAsync(Stream output, LargeBinlog binlog, CancellationToken cancellationToken)
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await binlog.WriteMessageAsync(gzip, cancellationToken);
        }

        await output.WriteAsync(Frame((int)packed.Length, isCompressed: true), cancellationToken);
        packed.Position = 0;
        await packed.CopyToAsync(output, cancellationToken);
    }
}
