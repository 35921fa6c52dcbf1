using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Binlog.ClusterKit.Etcd;

/// <summary>A private etcd of one test: one member, with a data directory of its own and free ports on 127.0.0.1.</summary>
/// <remarks>The server runs as the current user. Not safe for use by several threads at once.</remarks>
public sealed class EtcdServer : IAsyncDisposable
{
    private const int Attempts = 5;

    private readonly EtcdServerOptions _options;
    private readonly string _folder = Directory.CreateTempSubdirectory("binlog-etcd-").FullName;
    private readonly HttpClient _http = new();
    private Process? _process;
    private int? _ownPort;

    internal EtcdServer(EtcdServerOptions options, string name)
    {
        _options = options;
        Name = name;
        ChoosePorts();
        Gateway = new EtcdGateway(this);
        AppDomain.CurrentDomain.ProcessExit += KillAtExit;
    }

    /// <summary>The member's name.</summary>
    public string Name { get; }

    /// <summary>Port for clients; the same after a restart.</summary>
    public int Port { get; private set; }

    /// <summary>Client address with its scheme.</summary>
    public string Endpoint => $"{(_options.CertFile is null ? "http" : "https")}://127.0.0.1:{Port}";

    /// <summary>Its HTTP API: a second way to everything that is independent of the client under test. Without TLS only.</summary>
    public EtcdGateway Gateway { get; }

    /// <summary>What it says about itself and its troubles.</summary>
    public string Log => Path.Combine(_folder, "log");

    internal int PeerPort { get; private set; }

    internal int MetricsPort { get; private set; }

    internal string PeerUrl => $"http://127.0.0.1:{PeerPort}";

    /// <summary>Starts a single member with an empty store and waits until it is well.</summary>
    public static async Task<EtcdServer> StartAsync(EtcdServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        for (int attempt = 1; ; attempt++)
        {
            var server = new EtcdServer(options ?? new EtcdServerOptions(), "m1");
            try
            {
                server.Launch($"m1={server.PeerUrl}");
                await server.WaitUntilWellAsync(cancellationToken).ConfigureAwait(false);
                return server;
            }
            catch (InvalidOperationException) when (attempt < Attempts)
            {
                // Somebody else took one of the ports in the meantime.
                await server.DisposeAsync().ConfigureAwait(false);
            }
            catch
            {
                await server.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>Ends it with SIGKILL, as a crash would, and waits until the process is gone.</summary>
    public void Kill()
    {
        if (_process is null)
        {
            return;
        }

        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
        Port = _ownPort ?? Port;
        _ownPort = null;
    }

    /// <summary>Starts it again, on the same ports and data, after <see cref="Kill"/>, and waits until it is well.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        Launch(null);
        await WaitUntilWellAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Starts it on another client port after <see cref="Kill"/>: what is changed now, by <see cref="Gateway"/>, happens while it is away for its clients.
    /// The next start is on its own port again.
    /// </summary>
    public async Task StartHiddenAsync(CancellationToken cancellationToken)
    {
        int port = Port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        _ownPort = port;
        await StartAgainAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Kills it and starts it again.</summary>
    public Task RestartAsync(CancellationToken cancellationToken = default)
    {
        Kill();
        return StartAgainAsync(cancellationToken);
    }

    /// <summary>Lets it stand still (SIGSTOP): its connections stay, and nothing answers.</summary>
    public void Suspend() => Signal("STOP");

    /// <summary>Lets it go on after <see cref="Suspend"/>.</summary>
    public void Resume() => Signal("CONT");

    /// <summary>Kills it and removes its folder.</summary>
    public ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
        Kill();
        _http.Dispose();
        Gateway.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    internal void Launch(string? initialCluster)
    {
        if (_process is not null)
        {
            throw new InvalidOperationException("etcd is running.");
        }

        var start = new ProcessStartInfo(EtcdPrograms.Server ?? throw new InvalidOperationException("There is no etcd."))
        {
            ArgumentList =
            {
                "--name", Name, "--data-dir", Path.Combine(_folder, "data"),
                "--listen-client-urls", Endpoint, "--advertise-client-urls", Endpoint,
                "--listen-peer-urls", PeerUrl, "--initial-advertise-peer-urls", PeerUrl,
                "--listen-metrics-urls", $"http://127.0.0.1:{MetricsPort}",
                "--heartbeat-interval", "50", "--election-timeout", "500",
                "--logger", "zap", "--log-outputs", Log, "--log-level", "warn",
                "--auth-token-ttl", _options.AuthTokenSeconds.ToString(CultureInfo.InvariantCulture),
                "--quota-backend-bytes", _options.QuotaBytes.ToString(CultureInfo.InvariantCulture),
            },
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        Add(start, "--initial-cluster", initialCluster);
        Add(start, "--cert-file", _options.CertFile);
        Add(start, "--key-file", _options.KeyFile);
        Add(start, "--trusted-ca-file", _options.ClientCaFile);
        if (_options.ClientCaFile is not null)
        {
            start.ArgumentList.Add("--client-cert-auth");
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException("etcd could not be started.");
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    internal async Task WaitUntilWellAsync(CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_options.StartTimeout);
        while (!await IsWellAsync(timeout.Token).ConfigureAwait(false))
        {
            if (_process is not { HasExited: false })
            {
                throw new InvalidOperationException($"etcd did not start; its log ends with: {(File.Exists(Log) ? string.Join('\n', File.ReadLines(Log).TakeLast(10)) : "(no log)")}");
            }

            await Task.Delay(20, timeout.Token).ConfigureAwait(false);
        }
    }

    private static void Add(ProcessStartInfo start, string name, string? value)
    {
        if (value is not null)
        {
            start.ArgumentList.Add(name);
            start.ArgumentList.Add(value);
        }
    }

    /// <summary>Well is a member that has a leader and answers.</summary>
    private async Task<bool> IsWellAsync(CancellationToken cancellationToken)
    {
        try
        {
            string answer = await _http.GetStringAsync(new Uri($"http://127.0.0.1:{MetricsPort}/health"), cancellationToken).ConfigureAwait(false);
            return answer.Contains("\"true\"", StringComparison.Ordinal);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Signal(string name)
    {
        int id = (_process ?? throw new InvalidOperationException("etcd is stopped.")).Id;
        using Process kill = Process.Start("kill", [$"-{name}", id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private void ChoosePorts()
    {
        var listeners = new TcpListener[3];
        for (int i = 0; i < listeners.Length; i++)
        {
            listeners[i] = new TcpListener(IPAddress.Loopback, 0);
            listeners[i].Start();
        }

        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        Array.ForEach(listeners, listener => listener.Dispose());
        (Port, PeerPort, MetricsPort) = (ports[0], ports[1], ports[2]);
    }

    private void KillAtExit(object? sender, EventArgs e) => Kill();
}
