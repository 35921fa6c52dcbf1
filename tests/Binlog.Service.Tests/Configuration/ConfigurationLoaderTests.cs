using Binlog.Service.Configuration;
using Binlog.Service.Configuration.Loading;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Tests.Configuration;

public sealed class ConfigurationLoaderTests : ConfigurationTest
{
    private const string Drainer = """
        { "drainer": { "schemaHistory": { "path": "jobs.jsonl" }, "downstream": { "file": "target.db" } } }
        """;

    [Fact]
    public void Load_EmptyPumpSection_GivesDefaults()
    {
        var options = Valid("""{ "pump": {} }""");

        Assert.Equal(new ClusterOptions { Mode = ClusterMode.Embedded, Id = 1, Join = null }, options.Cluster);
        Assert.Null(options.NodeId);
        Assert.Equal(DefaultPaths.DataDirectory, options.DataDir);
        Assert.Equal(LogLevel.Information, options.Log.Level);
        Assert.Null(options.Drainer);
        Assert.Equal(
            new PumpOptions
            {
                Listen = new HostPort("127.0.0.1", 8250),
                Advertise = null,
                SegmentSizeBytes = 64L << 20,
                FakeBinlogInterval = TimeSpan.FromMilliseconds(250),
                StopWriteAtAvailableSpaceBytes = 1L << 30,
                MaxMessageBytes = 128 << 20,
                MemoryLimitBytes = 256 << 20,
                Retention = new RetentionOptions
                {
                    Age = TimeSpan.FromDays(7),
                    SizeBytes = 0,
                    Interval = TimeSpan.FromHours(1),
                    Drainers = NeededBinlogs.Keep,
                    WarnAtAvailableSpaceBytes = null,
                },
            },
            options.Pump);
    }

    [Fact]
    public void Load_ExampleInTheDocumentOfMemory_SetsTheQuota()
    {
        string document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations", "memory.md"));
        string example = document.Split("```json")[1].Split("```")[0];

        Assert.Equal(128L << 20, Valid(example).Drainer!.MemoryQuotaBytes);
        Assert.Equal(512L << 20, Valid(Drainer).Drainer!.MemoryQuotaBytes);
    }

    [Fact]
    public void Load_SmallestDrainer_GivesDefaults()
    {
        var options = Valid(Drainer);

        Assert.Null(options.Pump);
        Assert.Equal(
            new DrainerOptions
            {
                Listen = new HostPort("127.0.0.1", 8249),
                Advertise = null,
                InitialCommitTs = -1,
                Compressor = StreamCompressor.None,
                SchemaHistory = new SchemaHistoryOptions { Source = SchemaHistorySource.File, Path = PathOf("jobs.jsonl") },
                Relay = new RelayOptions { SegmentSizeBytes = 64L << 20, MaxBytes = 10L << 30 },
                Downstream = new DownstreamOptions { Type = DownstreamType.Sqlite, File = PathOf("target.db") },
            },
            options.Drainer);
    }

    [Fact]
    public void Load_EveryKey_ReachesItsOption()
    {
        foreach (var file in new[] { "ca.pem", "cert.pem", "key.pem" })
        {
            File.WriteAllText(PathOf(file), "");
        }

        var options = Valid("""
            {
              /* a comment */
              "cluster": { "mode": "embedded", "id": 18446744073709551615, "join": "db1.example.com:8250" }, // another
              "security": { "allowPlainText": true },
              "nodeId": "node-1", "dataDir": "data", "log": { "level": "debug" },
              "pump": {
                "listen": "0.0.0.0:0", "advertise": "[2001:db8::1]:9000", "segmentSize": 2097152, "fakeBinlogInterval": 1.5,
                "stopWriteAtAvailableSpace": "0", "maxMessageSize": "16 MB",
                "warnAtAvailableSpace": "3 GiB", "retention": { "age": "8h", "size": "100 GiB", "interval": "10m", "drainers": "delete" },
              },
              "drainer": {
                "listen": "[::1]:8249", "advertise": "db2:8249", "initialCommitTs": 0, "compressor": "gzip",
                "schemaHistory": { "source": "file", "path": "jobs.jsonl" }, "relay": { "segmentSize": "1MiB", "maxSize": "4 mib" },
                "downstream": {
                  "type": "mysql", "host": "db3", "port": 3307, "user": "binlog", "password": "p\"ä", 
                  "tls": { "mode": "verifyFull", "ca": "ca.pem", "cert": "cert.pem", "key": "key.pem" },
                },
              },
            }
            """);

        Assert.Equal(new ClusterOptions { Id = ulong.MaxValue, Join = new HostPort("db1.example.com", 8250) }, options.Cluster);
        Assert.Equal("node-1", options.NodeId);
        Assert.Equal(PathOf("data"), options.DataDir);
        Assert.Equal(LogLevel.Debug, options.Log.Level);
        Assert.Equal(
            new PumpOptions
            {
                Listen = new HostPort("0.0.0.0", 0),
                Advertise = new HostPort("2001:db8::1", 9000),
                SegmentSizeBytes = 2097152,
                FakeBinlogInterval = TimeSpan.FromSeconds(1.5),
                StopWriteAtAvailableSpaceBytes = 0,
                MaxMessageBytes = 16_000_000,
                Retention = new RetentionOptions
                {
                    Age = TimeSpan.FromHours(8),
                    SizeBytes = 100L << 30,
                    Interval = TimeSpan.FromMinutes(10),
                    Drainers = NeededBinlogs.Delete,
                    WarnAtAvailableSpaceBytes = 3L << 30,
                },
            },
            options.Pump);
        var drainer = Assert.IsType<DrainerOptions>(options.Drainer);
        Assert.Equal(new HostPort("::1", 8249), drainer.Listen);
        Assert.Equal(new HostPort("db2", 8249), drainer.Advertise);
        Assert.Equal(0, drainer.InitialCommitTs);
        Assert.Equal(StreamCompressor.Gzip, drainer.Compressor);
        Assert.Equal(new RelayOptions { SegmentSizeBytes = 1 << 20, MaxBytes = 4 << 20 }, drainer.Relay);
        Assert.Equal(
            new DownstreamOptions
            {
                Type = DownstreamType.MySql,
                Host = "db3",
                Port = 3307,
                User = "binlog",
                Password = new Secret("p\"ä"),
                Tls = new TlsOptions
                {
                    Mode = TlsMode.VerifyFull, CaFile = PathOf("ca.pem"), CertFile = PathOf("cert.pem"), KeyFile = PathOf("key.pem"),
                },
            },
            drainer.Downstream);
    }

    [Fact]
    public void Load_SameKeyInEverySource_CommandLineThenEnvironmentThenFileWin()
    {
        const string file = """{ "pump": { "listen": "127.0.0.1:1", "advertise": "file:1" }, "nodeId": "file" }""";
        var environment = new Dictionary<string, string> { ["BINLOG__PUMP__LISTEN"] = "127.0.0.1:2", ["binlog__nodeId"] = "environment" };

        var options = Valid(file, environment, "--PUMP:listen=127.0.0.1:3");

        Assert.Equal(3, options.Pump?.Listen.Port);
        Assert.Equal("environment", options.NodeId);
        Assert.Equal(new HostPort("file", 1), options.Pump?.Advertise);
    }

    [Fact]
    public void Load_KeyTwiceOnCommandLine_LastWins()
    {
        var options = Valid(null, null, "--pump:listen=127.0.0.1:1", "--pump:listen=127.0.0.1:2");

        Assert.Equal(2, options.Pump?.Listen.Port);
    }

    [Fact]
    public void Load_InvalidValueOverridden_IsNotAnError()
    {
        var options = Valid("""{ "pump": { "listen": "nonsense" } }""", null, "--pump:listen=127.0.0.1:2");

        Assert.Equal(2, options.Pump?.Listen.Port);
    }

    [Fact]
    public void Load_NoFile_EnvironmentAndCommandLineSuffice()
    {
        var options = Valid(
            null,
            new() { ["BINLOG__drainer__downstream__file"] = "x.db", ["BINLOG_LONG"] = "1", ["PATH"] = "/bin" },
            "--drainer:schemaHistory:path=jobs.jsonl", "--drainer:initialCommitTs=-1");

        Assert.Equal(PathOf("x.db"), options.Drainer?.Downstream.File);
    }

    [Fact]
    public void Load_RelativePath_StartsWhereItWasWritten()
    {
        Directory.CreateDirectory(PathOf("etc"));
        File.WriteAllText(PathOf("etc/binlogd.json"), """{ "pump": {}, "dataDir": "data" }""");
        var loader = new ConfigurationLoader(new Dictionary<string, string>(), PathOf(""));

        var inFile = loader.Load("etc/binlogd.json", []).Options;
        var onCommandLine = loader.Load("etc/binlogd.json", ["--dataDir=data"]).Options;

        Assert.Equal(PathOf("etc/data"), inFile?.DataDir);
        Assert.Equal(PathOf("data"), onCommandLine?.DataDir);
    }

    [Fact]
    public void Load_FileWithByteOrderMark_IsRead()
    {
        var options = Valid("\uFEFF{ \"pump\": {} }");

        Assert.NotNull(options.Pump);
    }

    [Fact]
    public void EffectiveSettings_AllSources_NameOriginAndMaskSecrets()
    {
        var result = Load(
            """
            {
              "pump": { "listen": "127.0.0.1:1" },
              "drainer": { "schemaHistory": { "path": "jobs.jsonl" }, "downstream": { "type": "mysql", "host": "h", "user": "u", "password": "s3cret" } }
            }
            """,
            new() { ["BINLOG__NODEID"] = "n" },
            "--drainer:compressor=gzip");

        Assert.Contains("pump.listen = 127.0.0.1:1 (binlogd.json line 2, column 13)", result.EffectiveSettings);
        Assert.Contains("nodeId = n (environment variable BINLOG__NODEID)", result.EffectiveSettings);
        Assert.Contains("drainer.compressor = gzip (command line)", result.EffectiveSettings);
        Assert.Contains("cluster.mode = embedded (default)", result.EffectiveSettings);
        Assert.Contains(result.EffectiveSettings, line => line.StartsWith("drainer.downstream.password = ****** (binlogd.json line 3", StringComparison.Ordinal));
        Assert.DoesNotContain(result.EffectiveSettings, line => line.Contains("s3cret", StringComparison.Ordinal));
        Assert.DoesNotContain("s3cret", result.Options?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void EffectiveSettings_PumpOnly_LeaveOutDrainer()
    {
        var result = Load("""{ "pump": {} }""");

        Assert.DoesNotContain(result.EffectiveSettings, line => line.StartsWith("drainer", StringComparison.Ordinal));
    }
}
