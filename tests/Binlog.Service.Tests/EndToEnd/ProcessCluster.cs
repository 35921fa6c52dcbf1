using Binlog.Service.Commands.Demo;
using Binlog.Service.Configuration;
using Binlog.Service.Downstream.Verification;
using Binlog.Service.Recordings;
using Binlog.TestKit.MariaDb;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>Pumps and Drainers, each a process, by name <c>pump1</c>, <c>pump2</c> and so on, <c>drainer</c> and, where there are two, <c>drainer2</c>.</summary>
internal sealed class ProcessCluster : IDisposable
{
    public const string Drainer = "drainer";
    public const string SecondDrainer = "drainer2";

    /// <summary>Tests that start several processes run one after the other: each of them keeps a small machine busy.</summary>
    public const string Collection = "several processes";

    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, BinlogdProcess> _processes = [];
    private readonly Dictionary<string, int> _ports = [];
    private readonly Lock _lock = new();
    private readonly Lock _starting = new();

    public ProcessCluster(Func<string, DownstreamOptions> downstream, int pumps = 3, bool twoDrainers = false)
    {
        Pumps = [.. Enumerable.Range(1, pumps).Select(number => $"pump{number}")];
        Downstream = downstream(_directory.Path);
        foreach (string name in (IEnumerable<string>)[.. Pumps, Drainer, .. twoDrainers ? new[] { SecondDrainer } : []])
        {
            _ports[name] = LoopbackPort.Take();
        }
    }

    /// <summary>The recording of a real TiDB.</summary>
    public static Recording Recording { get; } = Recording.Open(Path.Combine(Repository.Root, "samples", "recording"));

    /// <summary>What is replicated.</summary>
    public Recording Source { get; init; } = Recording;

    public IReadOnlyList<string> Pumps { get; }

    public DownstreamOptions Downstream { get; }

    public int DrainerPort => _ports[Drainer];

    public int PortOf(string name) => _ports[name];

    public string AddressOf(string name) => $"127.0.0.1:{_ports[name]}";

    public string PumpAddresses => string.Join(',', Pumps.Select(pump => $"127.0.0.1:{_ports[pump]}"));

    /// <summary>More arguments for a node, by its name.</summary>
    public Dictionary<string, string[]> Extra { get; } = [];

    /// <summary>Arguments by which every node finds the cluster; null: the first Pump keeps the registry.</summary>
    public string[]? Membership { get; init; }

    /// <summary>Arguments that say where Drainers read the schema history; null: the recording's file.</summary>
    public string[]? History { get; init; }

    /// <summary>The time zone of every node; null is the machine's.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Why nodes ended by themselves.</summary>
    public List<string> Endings { get; } = [];

    public static DownstreamOptions Server(MariaDbServer server) => new()
    {
        Type = DownstreamType.MySql,
        Host = server.Host,
        Port = server.Port,
        User = "root",
        Password = new Secret(server.RootPassword),
    };

    /// <summary>The address of a server as the command line has it.</summary>
    public static string Url(MariaDbServer server) => $"mysql://root:{server.RootPassword}@{server.Host}:{server.Port}";

    public static DownstreamOptions File(string directory) => new() { Type = DownstreamType.Sqlite, File = Path.Combine(directory, "target.db") };

    public string DataOf(string name) => _directory.Combine(name);

    public BinlogdProcess this[string name]
    {
        get
        {
            lock (_lock)
            {
                return _processes[name];
            }
        }
    }

    public void StartAll()
    {
        foreach (string name in _ports.Keys)
        {
            Start(name);
        }
    }

    public BinlogdProcess Start(string name)
    {
        BinlogdProcess started = BinlogdProcess.StartIn(TimeZone, Arguments(name));
        lock (_lock)
        {
            if (_processes.Remove(name, out BinlogdProcess? earlier))
            {
                earlier.Dispose();
            }

            _processes[name] = started;
        }

        return started;
    }

    /// <summary>SIGKILL, and a new start on the same data.</summary>
    public void Restart(string name)
    {
        lock (_starting)
        {
            this[name].Kill();
            Start(name);
        }
    }

    /// <summary>Starts what ended by itself again, as a service manager does.</summary>
    public void StartEnded()
    {
        foreach (string name in _ports.Keys)
        {
            lock (_starting)
            {
                if (this[name] is { HasExited: true } ended)
                {
                    Endings.Add($"{name}: {string.Join(" | ", ended.FatalLines)}");
                    Start(name);
                }
            }
        }
    }

    public BinlogdProcess Replay(params IEnumerable<string> more) => ReplayTo(Source, PumpAddresses, more);

    public static BinlogdProcess ReplayTo(string pumps, params IEnumerable<string> more) => ReplayTo(Recording, pumps, more);

    private static BinlogdProcess ReplayTo(Recording recording, string pumps, IEnumerable<string> more) =>
        BinlogdProcess.Start(["replay", "--recording", recording.Directory, "--pumps", pumps, .. more]);

    /// <summary>Arguments that apply the Drainer's relay log without it.</summary>
    public IEnumerable<string> RelayApply() =>
    [
        "relay", "apply", $"--dataDir={DataOf(Drainer)}", .. Membership ?? [$"--cluster:id={Source.ClusterId}"], .. HistoryArguments, .. Target(),
    ];

    /// <summary>Waits until the target has the whole recording.</summary>
    public Task WaitForAllAsync(TimeSpan patience) =>
        DrainerStatus.WaitForAsync(DrainerPort, status => status.LastTs >= Source.LastCommitTs, patience, Describe);

    /// <summary>As <see cref="WaitForAllAsync"/>, and until the Drainer reports no trouble: one that waits for a Pump which was killed says so, rightly, until it is connected again.</summary>
    public Task WaitUntilAllIsWellAsync(TimeSpan patience) =>
        DrainerStatus.WaitForAsync(DrainerPort, status => status.LastTs >= Source.LastCommitTs && status.ErrMsg.Length == 0, patience, Describe);

    /// <summary>Compares every table.</summary>
    public async Task AssertEqualAsync()
    {
        VerificationReport report = await DemoVerification.RunAsync(Recording, Downstream, TestContext.Current.CancellationToken);
        Assert.InRange(report.Tables.Count, 30, 100);
        Assert.True(report.Equal, string.Join('\n', report.Mismatched.SelectMany(table => table.Samples.Prepend($"{table.Schema}.{table.Table}"))));
    }

    public string Describe()
    {
        lock (_lock)
        {
            return string.Join('\n', _processes.Select(process => $"--- {process.Key}{(process.Value.HasExited ? " (ended)" : "")}\n{string.Join('\n', process.Value.Errors.Split('\n').TakeLast(8))}"));
        }
    }

    public void Dispose()
    {
        foreach (BinlogdProcess process in _processes.Values)
        {
            process.Dispose();
        }

        _directory.Dispose();
    }

    private IEnumerable<string> Arguments(string name)
    {
        string[] join = name == Pumps[0] ? [] : [$"--cluster:join=127.0.0.1:{_ports[Pumps[0]]}"];
        string[] common = ["run", $"--dataDir={DataOf(name)}", $"--nodeId={name}", .. Membership ?? [$"--cluster:id={Source.ClusterId}", .. join]];
        string[] role = name is Drainer or SecondDrainer
            ? [$"--drainer:listen=127.0.0.1:{_ports[name]}", "--drainer:initialCommitTs=0", .. HistoryArguments, .. Target()]
            : [$"--pump:listen=127.0.0.1:{_ports[name]}", "--pump:stopWriteAtAvailableSpace=0"];
        return [.. common, .. role, .. Extra.GetValueOrDefault(name, [])];
    }

    private string[] HistoryArguments => History ?? [$"--drainer:schemaHistory:path={Source.SchemaHistoryFile}"];

    private string[] Target() => Downstream.Type == DownstreamType.Sqlite
        ? ["--drainer:downstream:type=sqlite", $"--drainer:downstream:file={Downstream.File}"]
        :
        [
            "--drainer:downstream:type=mysql", $"--drainer:downstream:host={Downstream.Host}", $"--drainer:downstream:port={Downstream.Port}",
            $"--drainer:downstream:user={Downstream.User}", $"--drainer:downstream:password={Downstream.Password.Reveal()}",
        ];
}
