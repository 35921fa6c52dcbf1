using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Binlog.MySql.Protocol;

namespace Binlog.MySql.Tests.Fakes;

/// <summary>Speaks a server's side of the protocol on a loopback port, as its knobs say.</summary>
internal sealed class FakeMySqlServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private readonly Task _accepting;

    public FakeMySqlServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Version in the greeting.</summary>
    public string Version { get; set; } = "8.0.36";

    /// <summary>Plugin in the greeting.</summary>
    public string? Plugin { get; set; } = "caching_sha2_password";

    public ProtocolCapabilities Capabilities { get; set; } = FakePackets.Capabilities;

    /// <summary>Certificate; with it, TLS is offered.</summary>
    public X509Certificate2? Certificate { get; set; }

    public string Password { get; set; } = "secret";

    /// <summary>Key pair that the server hands out for passwords.</summary>
    public RSA? Key { get; set; }

    /// <summary>What happens after the handshake response; by default <see cref="FakeAuthentication"/>'s exchange for the plugin.</summary>
    public Func<FakeConnection, Task<bool>>? Authenticate { get; set; }

    /// <summary>Answers a statement; false leaves it to the default, an OK.</summary>
    public Func<FakeConnection, string, Task<bool>>? OnQuery { get; set; }

    /// <summary>Replaces the whole conversation.</summary>
    public Func<FakeConnection, Task>? Script { get; set; }

    /// <summary>Statements received, those that the library sends by itself excepted.</summary>
    public List<string> Queries { get; } = [];

    public MySqlConnectionOptions Options => new()
    {
        Host = "127.0.0.1",
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
        User = "u",
        Password = Password,
        Tls = MySqlTlsMode.Disabled,
    };

    /// <summary>Stops, and throws what went wrong on the server's side, except that clients left.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        Task[] running;
        lock (_running)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                lock (_running)
                {
                    _running.Add(ServeAsync(socket));
                }
            }
        }
        catch (Exception e) when (_stop.IsCancellationRequested && e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // Stopped: depending on the moment, the listener says it in one of these ways.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        var connection = new FakeConnection(stream, _stop.Token);
        try
        {
            await (Script ?? TalkAsync)(connection);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The client left, or the test is over.
        }
    }

    private async Task TalkAsync(FakeConnection connection)
    {
        await connection.WriteAsync(FakePackets.Greeting(
            Version, Plugin, Certificate is null ? Capabilities : Capabilities | ProtocolCapabilities.Tls));
        await connection.ReadLoginAsync(Certificate);
        if (!await (Authenticate ?? (c => FakeAuthentication.RunAsync(c, Plugin!, Password, Key)))(connection))
        {
            await connection.WriteAsync(FakePackets.Err(1045, "Access denied", "28000"));
            return;
        }

        await connection.WriteAsync(FakePackets.Ok());
        while (await connection.ReadQueryAsync() is { } sql)
        {
            if (!sql.StartsWith("SET NAMES", StringComparison.Ordinal))
            {
                lock (Queries)
                {
                    Queries.Add(sql);
                }

                if (OnQuery is not null && await OnQuery(connection, sql))
                {
                    continue;
                }
            }

            await connection.WriteAsync(FakePackets.Ok());
        }
    }
}
