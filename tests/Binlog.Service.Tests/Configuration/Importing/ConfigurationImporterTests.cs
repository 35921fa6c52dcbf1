using Binlog.Service.Configuration;
using Binlog.Service.Configuration.Importing;
using Binlog.Service.Configuration.Importing.Toml;
using Binlog.Service.Configuration.Settings;
using Binlog.Service.Tests.Security;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Tests.Configuration.Importing;

public sealed class ConfigurationImporterTests : ConfigurationTest
{
    [Fact]
    public void Import_WholePump_LoadsWithTheOriginalsValues()
    {
        using var certificates = new NodeCertificates();
        (string cert, string key) = certificates.Issue("pump");
        File.Copy(certificates.CaFile, PathOf("ca.pem"));
        File.Copy(cert, PathOf("pump.pem"));
        File.Copy(key, PathOf("pump.key"));

        (ImportResult result, string json) = Import(Samples.Pump);
        HostOptions options = Valid(json);

        Assert.Equal(OriginalRole.Pump, result.Role);
        Assert.Null(options.Drainer);
        Assert.Equal((LogLevel.Information, PathOf("logs/pump.log")), (options.Log.Level, options.Log.File));
        Assert.Equal(("pump-7", "/data/pump"), (options.NodeId, options.DataDir));
        Assert.Equal((new HostPort("10.0.1.7", 8250), new HostPort("10.0.1.7", 8250)), (options.Pump!.Listen, options.Pump.Advertise));
        Assert.Equal((new HostPort("10.0.1.9", 9091), TimeSpan.FromSeconds(15)), (options.Metrics.PushAddress, options.Metrics.PushInterval));
        Assert.Equal((PathOf("ca.pem"), PathOf("pump.pem"), PathOf("pump.key")), (options.Security.CaFile, options.Security.CertFile, options.Security.KeyFile));
        Assert.Equal(["TiDB", "drainer"], options.Security.AllowedCommonNames);
        Assert.Equal(TimeSpan.FromSeconds(3), options.Pump.FakeBinlogInterval);
        Assert.Equal(TimeSpan.FromSeconds(1), options.Pump.SlowWriteThreshold);
        Assert.Equal(TimeSpan.FromDays(7), options.Pump.Retention.Age);
        Assert.Equal(10L << 30, options.Pump.StopWriteAtAvailableSpaceBytes);
        Assert.Equal(PumpSettings.MaxMessageSize.Default, options.Pump.MaxMessageBytes);
        Assert.Equal((ClusterMode.Pd, null), (options.Cluster.Mode, options.Cluster.Id));
        Assert.Equal(["http://10.0.1.1:2379", "http://10.0.1.2:2379"], options.Cluster.Endpoints);
        Assert.DoesNotContain(result.Notes, note => note.Kind == ImportNoteKind.Unknown);
    }

    [Theory]
    [InlineData("addr = \"127.0.0.1:8250\"\npd-urls = \"http://127.0.0.1:2379\"", false)]
    [InlineData("addr = \"127.0.0.1:8250\"\npd-urls = \"https://pd:2379\"", false)]
    [InlineData("addr = \"127.0.0.1:8250\"\npd-urls = \"http://127.0.0.1:2379,http://pd:2379\"", true)]
    [InlineData("addr = \"10.0.1.7:8250\"", true)]
    public void Import_CleartextToOtherMachines_IsAllowedAndSaid(string toml, bool isAllowed)
    {
        (ImportResult result, string json) = Import(toml, OriginalRole.Pump);

        Assert.Equal(isAllowed, Valid(json).Security.AllowsPlainText);
        Assert.Equal(isAllowed, result.Notes.Any(note => note.Subject == "security.allowPlainText"));
    }

    [Fact]
    public void Import_NoPd_SaysThatTheOriginalHasOne() =>
        AssertNote(Import("node-id = \"a\"", OriginalRole.Pump).Result, ImportNoteKind.LookAt, "cluster.mode", "127.0.0.1:2379");

    /// <summary>Every key is taken over, or named with the reason why not.</summary>
    [Theory]
    [InlineData(Samples.Pump)]
    [InlineData(Samples.Drainer)]
    public void Import_WholeFile_AccountsForEveryKey(string toml)
    {
        (ImportResult result, _) = Import(toml);

        string told = string.Join('\n', result.Notes.Select(note => $"{note.Subject} {note.Text}"));
        string[] silent = ["syncer.ignore-txn-commit-ts"];
        Assert.All(
            OriginalFile.Read(toml).Values.Where(value => !silent.Contains(value.Key)),
            value => Assert.True(result.Settings.Any(setting => setting.From.Key == value.Key) || told.Contains(value.Key, StringComparison.Ordinal), $"nothing is said about {value}"));
    }

    [Fact]
    public void Import_Pump_SaysWhatWasDroppedAndWhatToLookAt()
    {
        (ImportResult result, string json) = Import(Samples.Pump);

        AssertNote(result, ImportNoteKind.Dropped, "storage.sync-log = true (line 27)", "flushed before it is acknowledged, always");
        AssertNote(result, ImportNoteKind.Dropped, "storage.kv_chan_cap = 1048576 (line 28)", "no queue between two stores");
        Assert.Equal(10, result.Notes.Count(note => note.Kind == ImportNoteKind.Dropped && note.Subject.StartsWith("storage.kv.", StringComparison.Ordinal)));
        AssertNote(result, ImportNoteKind.Converted, "storage.stop-write-at-available-space = \"10 gib\" (line 30)", "10737418240 bytes");
        AssertNote(result, ImportNoteKind.LookAt, "security.allowPlainText", "cluster.endpoints is another machine");
        AssertNote(result, ImportNoteKind.LookAt, "max-message-size = 2143289343 (line 15)", "the default is");
        AssertNote(result, ImportNoteKind.LookAt, "dataDir", "data of the original is not read");
        Assert.Contains("\"listen\": \"10.0.1.7:8250\", // addr = \"10.0.1.7:8250\"", json, StringComparison.Ordinal);
        Assert.Contains("// Look at security.allowPlainText", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Import_SafeMode_IsTakenOver(bool isOn)
    {
        (_, string json) = Import(isOn ? Samples.Drainer.Replace("safe-mode = false", "safe-mode = true", StringComparison.Ordinal) : Samples.Drainer);

        Assert.Equal(isOn, Valid(json).Drainer!.Apply.SafeMode);
    }

    [Fact]
    public void Import_Drainer_LoadsAndReadsTheHistoryFromTiKv()
    {
        (ImportResult result, string json) = Import(Samples.Drainer);

        Assert.Equal(OriginalRole.Drainer, result.Role);
        HostOptions options = Valid(json);
        Assert.Null(options.Pump);
        Assert.Equal(SchemaHistorySource.TiKv, options.Drainer!.SchemaHistory.Source);
        Assert.Equal(470606488562302981, options.Drainer!.InitialCommitTs);
        Assert.Equal(StreamCompressor.Gzip, options.Drainer.Compressor);
        Assert.Equal(10485760, options.Drainer.Relay.SegmentSizeBytes);
        Assert.Equal(
            new DownstreamOptions { Type = DownstreamType.MySql, Host = "10.0.2.1", Port = 3306, User = "root", Password = new Secret("s3cret"), Tls = new TlsOptions() },
            options.Drainer.Downstream);
        AssertNote(result, ImportNoteKind.LookAt, "syncer.ignore-table = [{…}] (line 17)", "everything is replicated");
        AssertNote(result, ImportNoteKind.LookAt, "syncer.to.params.time_zone = \"UTC\" (line 32)", "session variables");
        Assert.Single(json.Split('\n'), line => line.Contains("s3cret", StringComparison.Ordinal));
        Assert.DoesNotContain(result.Notes, note => note.Text.Contains("s3cret", StringComparison.Ordinal) || note.Subject.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public void Import_CheckpointOfItsOwnServer_IsAnotherPlaceHere()
    {
        (ImportResult result, string json) = Import(Samples.Drainer + "type = \"mysql\"\nhost = \"10.0.2.9\"\nport = 3307\nuser = \"c\"\npassword = \"c3cret\"\nencrypted_password = \"x\"\n");

        CheckpointOptions checkpoint = Valid(json).Drainer!.Checkpoint;

        Assert.Equal((CheckpointType.MySql, "tidb_binlog"), (checkpoint.Type, checkpoint.Database));
        Assert.Equal(("10.0.2.9", 3307, "c", "c3cret"), (checkpoint.Server!.Host, checkpoint.Server.Port, checkpoint.Server.User, checkpoint.Server.Password.Reveal()));
        Assert.Contains(result.Notes, note => note.Kind == ImportNoteKind.LookAt && note.Subject.Contains("encrypted_password", StringComparison.Ordinal) && note.Text.Contains("drainer.checkpoint.password", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("type = \"mysql\"\n", CheckpointType.Target)]
    [InlineData("type = \"file\"\n", CheckpointType.File)]
    public void Import_CheckpointWithoutAServer_IsInTheTargetOrAFile(string more, object expected)
    {
        (_, string json) = Import(Samples.Drainer + more);

        Assert.Equal(expected, Valid(json).Drainer!.Checkpoint.Type);
    }

    [Theory]
    [InlineData("gc = 7", "7d")]
    [InlineData("gc = \"3\"", "3d")]
    [InlineData("gc = \"8h\"", "8h")]
    [InlineData("gc = \"1h30m\"", "90m")]
    [InlineData("gc = \"1.5s\"", "1500ms")]
    public void Days_OfTheOriginal_KeepTheirLength(string toml, string expected) =>
        Assert.Equal(expected, OriginalUnits.Text(OriginalUnits.Days(OriginalFile.Read(toml).Values[0].Value)));

    [Theory]
    [InlineData("10737418240", 10737418240)]
    [InlineData("\"10737418240\"", 10737418240)]
    [InlineData("\"42 MB\"", 42_000_000)]
    [InlineData("\"42 mib\"", 44_040_192)]
    [InlineData("\"1.5g\"", 1_500_000_000)]
    [InlineData("\"1,024 ki\"", 1 << 20)]
    [InlineData("\"\"", 0)]
    public void Bytes_OfTheOriginal_KeepTheirSize(string value, long expected) =>
        Assert.Equal(expected, OriginalUnits.Bytes(OriginalFile.Read($"x = {value}").Values[0].Value));

    [Theory]
    [InlineData("gc = true", "line 1, column 6: gc: found true or false, expected a text")]
    [InlineData("gc = \"7 days\"", "line 1, column 6: gc: found \"7 days\", expected a number of days or a duration such as \"8h\"")]
    [InlineData("gc = \"\"", "line 1, column 6: gc: found \"\"")]
    [InlineData("[storage]\nstop-write-at-available-space = \"lots\"", "line 2, column 33: storage.stop-write-at-available-space: found \"lots\", expected a size")]
    [InlineData("[storage]\nslow_write_threshold = \"1s\"", "line 2, column 24: storage.slow_write_threshold: found a text, expected a number")]
    [InlineData("[storage]\nslow_write_threshold = inf", "line 2, column 24: storage.slow_write_threshold: found ∞, expected a number")]
    [InlineData("[security]\ncert-allowed-cn = \"a\"", "line 2, column 19: security.cert-allowed-cn: found a text, expected an array")]
    [InlineData("log-level = 3", "line 1, column 13: log-level: found an integer, expected a text")]
    public void Import_ValueOfAnotherType_SaysWhere(string toml, string expected)
    {
        var exception = Assert.Throws<TomlException>(() => Import(toml, OriginalRole.Pump));

        Assert.StartsWith(expected.Replace("∞", "Infinity", StringComparison.Ordinal), exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(134217728)]
    [InlineData(134217729)]
    [InlineData(268435456)]
    [InlineData(1006632960)]
    public void Import_MessageSize_LoadsWithTheMemoryForIt(long bytes)
    {
        (ImportResult result, string json) = Import($"max-message-size = {bytes}", OriginalRole.Pump);

        PumpOptions pump = Valid(json).Pump!;
        Assert.Equal(bytes, pump.MaxMessageBytes);
        Assert.Equal(Math.Max(256L << 20, 2 * bytes), pump.MemoryLimitBytes);
        Assert.Equal(bytes > 128 << 20, result.Notes.Any(note => note is { Kind: ImportNoteKind.LookAt, Subject: "pump.memoryLimit" }));
    }

    /// <summary>Where the original's default is another one, somebody who relied on it has to know.</summary>
    [Fact]
    public void Import_KeysNotSet_SaysWhichDefaultsDiffer()
    {
        (ImportResult result, string json) = Import("node-id = \"a\"", OriginalRole.Pump);

        Valid(json);
        AssertNote(result, ImportNoteKind.LookAt, "pump.stopWriteAtAvailableSpace", "10 GiB");
        AssertNote(result, ImportNoteKind.LookAt, "pump.maxMessageSize", "2 GiB");
    }

    [Fact]
    public void Import_Drainer_SaysNothingOfAPumpsDefaults() =>
        Assert.DoesNotContain(Import(Samples.Drainer).Result.Notes, note => note.Subject.StartsWith("pump.", StringComparison.Ordinal));

    [Fact]
    public void Import_HostName_ListensEverywhereAndAdvertisesIt()
    {
        HostOptions options = Valid(Import("addr = \"http://pump7.example.com:8250\"", OriginalRole.Pump).Json);

        Assert.Equal((new HostPort("0.0.0.0", 8250), new HostPort("pump7.example.com", 8250)), (options.Pump!.Listen, options.Pump.Advertise));
    }

    [Theory]
    [InlineData("advertise-addr = \"other:1\"\naddr = \"name:8250\"")]
    [InlineData("addr = \"name:8250\"\nadvertise-addr = \"other:1\"")]
    public void Import_HostNameAndAdvertised_KeepsTheAdvertised(string toml) =>
        Assert.Equal(new HostPort("other", 1), Valid(Import(toml, OriginalRole.Pump).Json).Pump?.Advertise);

    [Theory]
    [InlineData("fatal", LogLevel.Critical)]
    [InlineData("WARN", LogLevel.Warning)]
    [InlineData("debug", LogLevel.Debug)]
    public void Import_LogLevel_IsOneOfOurs(string level, LogLevel expected) => Assert.Equal(expected, Valid(Import($"log-level = \"{level}\"", OriginalRole.Pump).Json).Log.Level);

    [Fact]
    public void Import_UnknownKey_IsReportedAndTheRestTakenOver()
    {
        (ImportResult result, string json) = Import("Node-ID = \"a\"\nnode-name = \"b\"\n[storage.kv]\nfoo = 1", OriginalRole.Pump);

        Assert.Equal("a", Valid(json).NodeId);
        Assert.Equal(
            ["node-name = \"b\" (line 2)", "storage.kv.foo = 1 (line 4)"],
            result.Notes.Where(note => note.Kind == ImportNoteKind.Unknown).Select(note => note.Subject));
    }

    [Fact]
    public void Import_AuthorityAlone_LeavesTlsOutAndSaysSo()
    {
        (ImportResult result, string json) = Import("[security]\nssl-ca = \"jobs.jsonl\"", OriginalRole.Pump);

        Assert.Null(Valid(json).Security.CaFile);
        AssertNote(result, ImportNoteKind.LookAt, "security", "all three");
    }

    [Fact]
    public void Import_FileThatIsElsewhere_IsTakenOverAndSaid()
    {
        (ImportResult result, string json) = Import("[security]\nssl-ca = \"/no/ca.pem\"\nssl-cert = \"/no/c.pem\"\nssl-key = \"/no/k.pem\"", OriginalRole.Pump);

        Assert.Contains("\"caFile\": \"/no/ca.pem\", // security.ssl-ca = \"/no/ca.pem\"", json, StringComparison.Ordinal);
        AssertNote(result, ImportNoteKind.LookAt, "security.caFile", "/no/ca.pem doesn't exist");
    }

    /// <summary>A value ends up in a comment: it must not end the comment.</summary>
    [Fact]
    public void Write_ValueWithLineBreaks_StaysOnItsLine()
    {
        (_, string json) = Import("node-id = \"a\"\nlog-file = \"\"\"x\n\"pump\": { \"listen\": \"evil\" }\"\"\"", OriginalRole.Pump);

        Assert.Equal(PathOf("x\n\"pump\": { \"listen\": \"evil\" }"), Valid(json).Log.File);
    }

    [Theory]
    [InlineData("node-id = \"a\"")]
    [InlineData("")]
    public void GuessRole_NothingTells_IsNull(string toml) => Assert.Null(OriginalFile.Read(toml).GuessRole());

    private static void AssertNote(ImportResult result, ImportNoteKind kind, string subject, string text) =>
        Assert.Contains(result.Notes, note => note.Kind == kind && note.Subject == subject && note.Text.Contains(text, StringComparison.Ordinal));

    private (ImportResult Result, string Json) Import(string toml, OriginalRole? role = null)
    {
        OriginalFile file = OriginalFile.Read(toml);
        ImportResult result = ConfigurationImporter.Import(file, role ?? file.GuessRole()!.Value, PathOf(""));
        var writer = new StringWriter();
        ImportedConfigurationWriter.Write(result, "/etc/pump.toml", writer);
        return (result, writer.ToString());
    }
}
