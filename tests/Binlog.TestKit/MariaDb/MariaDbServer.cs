using System.Collections.ObjectModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Binlog.TestKit.MariaDb;

/// <summary>A private MariaDB server of one test: own data directory, own Unix socket, own port on 127.0.0.1.</summary>
/// <remarks>The server runs as the current user. Not safe for use by several threads at once.</remarks>
public sealed class MariaDbServer : IAsyncDisposable
{
    private const int PortAttempts = 5;

    private readonly MariaDbOptions _options;
    private readonly string _folder;
    private Process? _process;

    private MariaDbServer(MariaDbOptions options, string folder)
    {
        _options = options;
        _folder = folder;
        AppDomain.CurrentDomain.ProcessExit += KillAtExit;
    }

    /// <summary>Address of the server: 127.0.0.1, which is also what a certificate for it should name.</summary>
    public string Host { get; } = "127.0.0.1";

    /// <summary>TCP port; the same after a restart.</summary>
    public int Port { get; private set; }

    /// <summary>Path of the Unix socket.</summary>
    public string Socket => Path.Combine(_folder, "s");

    /// <summary>Password of <c>root</c>, who may connect from anywhere by <c>mysql_native_password</c>.</summary>
    public string RootPassword { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));

    /// <summary>Where the server keeps its tables.</summary>
    public string DataDirectory => Path.Combine(_folder, "data");

    /// <summary>What the server says about itself and its troubles.</summary>
    public string ErrorLog => Path.Combine(_folder, "error.log");

    /// <summary>The process, for a test that reads its memory or sends it signals.</summary>
    public int ProcessId => (_process ?? throw new InvalidOperationException("The server is stopped.")).Id;

    /// <summary>Whether this machine has the programs, and if not, what to install.</summary>
    public static bool IsAvailable(out string reason)
    {
        reason = MariaDbPrograms.Server is null || MariaDbPrograms.InstallDb is null
            ? "needs mariadbd and mariadb-install-db: apt-get install mariadb-server"
            : "";
        return reason.Length == 0;
    }

    /// <summary>Starts a server with an empty data directory and waits until it takes connections.</summary>
    public static async Task<MariaDbServer> StartAsync(MariaDbOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (!IsAvailable(out var reason))
        {
            throw new InvalidOperationException(reason);
        }

        var server = new MariaDbServer(options ?? new MariaDbOptions(), Directory.CreateTempSubdirectory("binlog-mariadb-").FullName);
        try
        {
            await MariaDbTemplate.CopyToAsync(server.DataDirectory, cancellationToken).ConfigureAwait(false);
            await server.StartAgainAsync(cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts the server again, on the same port, after <see cref="Kill"/> or <see cref="StopAsync"/>.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        if (_process is not null)
        {
            throw new InvalidOperationException("The server is running.");
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_options.StartTimeout);
        var fixedPort = Port != 0;
        for (var attempt = 1; ; attempt++)
        {
            Port = fixedPort ? Port : FreePort();
            _process = Launch();
            if (await MariaDbReadiness.WaitAsync(_process, Socket, timeout.Token).ConfigureAwait(false))
            {
                return;
            }

            Kill();
            if (fixedPort || attempt == PortAttempts)
            {
                throw new InvalidOperationException($"mariadbd did not start; its log ends with: {LogTail()}");
            }
        }
    }

    /// <summary>Ends the server with SIGKILL, as a crash would, and waits until the process is gone.</summary>
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
        File.Delete(Socket);
    }

    /// <summary>Kills the server and starts it again on the same data and port.</summary>
    public Task RestartAsync(CancellationToken cancellationToken = default)
    {
        Kill();
        return StartAgainAsync(cancellationToken);
    }

    /// <summary>Asks the server to shut down (SIGTERM) and waits until it has.</summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (_process is null)
        {
            return;
        }

        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }

        await _process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        _process.Dispose();
        _process = null;
    }

    /// <summary>Kills the server and removes its folder.</summary>
    public ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
        Kill();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private void KillAtExit(object? sender, EventArgs e) => Kill();

    private Process Launch()
    {
        var initFile = Path.Combine(_folder, "init.sql");
        File.WriteAllLines(initFile,
        [
            $"CREATE USER IF NOT EXISTS root@'%' IDENTIFIED VIA mysql_native_password USING PASSWORD('{RootPassword}');",
            "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;",
            $"ALTER USER root@localhost IDENTIFIED VIA mysql_native_password USING PASSWORD('{RootPassword}');",
            $"ALTER USER root@'127.0.0.1' IDENTIFIED VIA mysql_native_password USING PASSWORD('{RootPassword}');",
            .. _options.InitStatements,
        ]);
        var start = new ProcessStartInfo(MariaDbPrograms.Server!)
        {
            ArgumentList =
            {
                "--no-defaults", $"--user={Environment.UserName}", $"--datadir={DataDirectory}", $"--tmpdir={_folder}",
                $"--socket={Socket}", $"--port={Port}", "--bind-address=127.0.0.1", "--skip-name-resolve",
                $"--pid-file={Path.Combine(_folder, "pid")}", $"--log-error={ErrorLog}", $"--init-file={initFile}",
                "--innodb-buffer-pool-size=64M", MariaDbTemplate.LogFileSizeArgument, "--innodb-flush-log-at-trx-commit=2",
                "--performance-schema=OFF", "--table-open-cache=400", "--table-open-cache-instances=1", "--max-connect-errors=1000000", "--max-allowed-packet=256M",
            },
        };
        AddTls(start.ArgumentList);
        foreach (var argument in _options.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start) ?? throw new InvalidOperationException("mariadbd could not be started.");
    }

    private void AddTls(Collection<string> arguments)
    {
        if (_options.TlsCaFile is { } authority)
        {
            arguments.Add($"--ssl-ca={authority}");
        }

        if (_options.TlsCertFile is { } certificate)
        {
            arguments.Add($"--ssl-cert={certificate}");
        }

        if (_options.TlsKeyFile is { } key)
        {
            arguments.Add($"--ssl-key={key}");
        }
    }

    private string LogTail() => File.Exists(ErrorLog) ? string.Join('\n', File.ReadLines(ErrorLog).TakeLast(15)) : "(no log)";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
