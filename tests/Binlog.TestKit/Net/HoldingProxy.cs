using System.Net;
using System.Net.Sockets;

namespace Binlog.TestKit.Net;

/// <summary>
/// A TCP proxy on loopback that can hold back what a client sends: from a packet with certain bytes on, until it is told to deliver. Thread-safe.
/// </summary>
public sealed class HoldingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _host;
    private readonly int _port;
    private readonly Task _accepting;
    private volatile byte[]? _pattern;

    /// <summary>Listens, and connects every client to this server.</summary>
    public HoldingProxy(string host, int port)
    {
        (_host, _port) = (host, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Completes when something is held back.</summary>
    public Task Held => _held.Task;

    /// <summary>Holds the next packet with these bytes, and what its connection sends after it.</summary>
    public void Hold(ReadOnlySpan<byte> pattern) => _pattern = pattern.ToArray();

    /// <summary>Delivers what is held.</summary>
    public void Release()
    {
        _pattern = null;
        _released.TrySetResult();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _released.TrySetResult();
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var relays = new List<Task>();
        try
        {
            while (true)
            {
                relays.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_stopping.Token).ConfigureAwait(false)));
            }
        }
        finally
        {
            await Task.WhenAll(relays).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient { NoDelay = true })
        {
            client.NoDelay = true;
            await server.ConnectAsync(_host, _port, _stopping.Token).ConfigureAwait(false);
            Task requests = CopyAsync(client, server, mayHold: true);
            Task answers = CopyAsync(server, client, mayHold: false);
            await Task.WhenAll(requests, answers).ConfigureAwait(false);
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to, bool mayHold)
    {
        byte[] buffer = new byte[1 << 16];
        try
        {
            int count;
            while ((count = await from.GetStream().ReadAsync(buffer, _stopping.Token).ConfigureAwait(false)) > 0)
            {
                if (mayHold && _pattern is { } pattern && buffer.AsSpan(0, count).IndexOf(pattern) >= 0)
                {
                    _held.TrySetResult();
                    await _released.Task.ConfigureAwait(false);
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _stopping.Token).ConfigureAwait(false);
            }

            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
        {
            to.Close();
        }
    }
}
