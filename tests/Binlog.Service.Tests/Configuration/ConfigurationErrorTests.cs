using Binlog.Service.Configuration.Loading;

namespace Binlog.Service.Tests.Configuration;

public sealed class ConfigurationErrorTests : ConfigurationTest
{
    [Theory]
    [InlineData("""{ "pump": { "listne": 1 } }""", "pump.listne (binlogd.json line 1, column 13): unknown key. Did you mean pump.listen?")]
    [InlineData("""{ "pump": {}, "node_id": "x" }""", "node_id (binlogd.json line 1, column 15): unknown key. Did you mean nodeId?")]
    [InlineData("""{ "pump": {}, "listen": "x" }""", "listen (binlogd.json line 1, column 15): unknown key. Did you mean pump.listen or drainer.listen?")]
    [InlineData("""{ "pump": { "addr": "x" } }""", "pump.addr (binlogd.json line 1, column 13): unknown key. tidb-binlog's \"addr\" is pump.listen here.")]
    [InlineData("""{ "pump": {}, "gen-binlog-interval": 3 }""", "gen-binlog-interval (binlogd.json line 1, column 15): unknown key. tidb-binlog's \"gen-binlog-interval\" is pump.fakeBinlogInterval here.")]
    [InlineData("""{ "pump": {}, "fake-binlog-interval": 3 }""", "fake-binlog-interval (binlogd.json line 1, column 15): unknown key. tidb-binlog's \"fake-binlog-interval\" is pump.fakeBinlogInterval here.")]
    [InlineData("""{ "pump": {}, "pd-urls": "x" }""", "pd-urls (binlogd.json line 1, column 15): unknown key. tidb-binlog's \"pd-urls\" is cluster.endpoints here.")]
    [InlineData("""{ "pump": {}, "drianer": { "a": 1, "b": { "c": 2 } } }""", "drianer (binlogd.json line 1, column 15): unknown section. Did you mean drainer?")]
    [InlineData("""{ "pump": {}, "cluster": { "zzzzzz": 1 } }""", "cluster.zzzzzz (binlogd.json line 1, column 28): unknown key. Keys in cluster: mode, id, join, endpoints, user, password.")]
    public void Load_UnknownKey_SuggestsWhatWasMeant(string json, string expected) => Assert.Equal(expected, TheError(json));

    [Theory]
    [InlineData("\"pump\": { \"listen\": 8250 }", "pump.listen", "found 8250, expected an address to listen on such as")]
    [InlineData("\"pump\": { \"listen\": null }", "pump.listen", "found null, expected an address")]
    [InlineData("\"pump\": { \"listen\": [\"a\"] }", "pump.listen", "found an array, expected an address")]
    [InlineData("\"pump\": { \"listen\": { \"port\": 1 } }", "pump.listen", "found a section, expected an address")]
    [InlineData("\"pump\": { \"listen\": \"localhost\" }", "pump.listen", "The port is missing. Without it the default is 127.0.0.1:8250.")]
    [InlineData("\"pump\": { \"listen\": \"127.0.0.1:65536\" }", "pump.listen", "The port \"65536\" is not an integer from 0 to 65535.")]
    [InlineData("\"pump\": { \"listen\": \"127.0.0.1:-1\" }", "pump.listen", "The port \"-1\" is not an integer from 0 to 65535.")]
    [InlineData("\"pump\": { \"listen\": \":8250\" }", "pump.listen", "The host is missing.")]
    [InlineData("\"pump\": { \"listen\": \"::1:8250\" }", "pump.listen", "An IPv6 address needs brackets, as in [::1]:8250.")]
    [InlineData("\"pump\": { \"listen\": \"[1.2.3.4]:8250\" }", "pump.listen", "\"1.2.3.4\" in the brackets is not an IPv6 address.")]
    [InlineData("\"pump\": { \"listen\": \"http://127.0.0.1:8250\" }", "pump.listen", "An address has no scheme.")]
    [InlineData("\"pump\": { \"listen\": \"db 1:8250\" }", "pump.listen", "\"db 1\" is not a host name or IP address.")]
    [InlineData("\"pump\": { \"listen\": \"db1:8250\" }", "pump.listen", "A host name can't be listened on; write the IP address")]
    [InlineData("\"pump\": { \"advertise\": \"0.0.0.0:8250\" }", "pump.advertise", "0.0.0.0 means every interface and can't be connected to")]
    [InlineData("\"pump\": { \"advertise\": \"db1:0\" }", "pump.advertise", "Port 0 can't be connected to.")]
    [InlineData("\"pump\": {}, \"cluster\": { \"id\": 0 }", "cluster.id", "found 0, expected an integer from 1 to 18446744073709551615.")]
    [InlineData("\"pump\": {}, \"cluster\": { \"id\": 1.5 }", "cluster.id", "found 1.5, expected an integer")]
    [InlineData("\"pump\": {}, \"cluster\": { \"id\": 18446744073709551616 }", "cluster.id", "found 18446744073709551616, expected an integer")]
    [InlineData("\"pump\": {}, \"cluster\": { \"id\": \"7\" }", "cluster.id", "found \"7\", expected an integer from 1 to 18446744073709551615. Write 7 without the quotes.")]
    [InlineData("\"pump\": {}, \"cluster\": { \"mode\": \"embeded\" }", "cluster.mode", "expected one of embedded, etcd, pd. Did you mean \"embedded\"?")]
    [InlineData("\"pump\": {}, \"cluster\": { \"mode\": \"pd\", \"join\": \"127.0.0.1:8250\" }", "cluster.join", "has no effect with cluster.mode \"pd\". Remove it: every host finds the cluster by cluster.endpoints.")]
    [InlineData("\"pump\": {}, \"cluster\": { \"endpoints\": [\"http://127.0.0.1:2379\"] }", "cluster.endpoints", "has no effect with cluster.mode \"embedded\"")]
    [InlineData("\"pump\": {}, \"cluster\": { \"mode\": \"etcd\", \"endpoints\": [\"ftp://a:1\"] }", "cluster.endpoints", "\"ftp://a:1\" is none of host:port, http://host:port or https://host:port")]
    [InlineData("\"pump\": {}, \"cluster\": { \"mode\": \"etcd\", \"endpoints\": [] }", "cluster.endpoints", "expected a list of texts")]
    [InlineData("\"pump\": {}, \"nodeId\": 5", "nodeId", "found 5, expected a name of 1 to 255 letters, digits and . _ - :. Put the value in quotes.")]
    [InlineData("\"pump\": {}, \"nodeId\": \"a b\"", "nodeId", "found \"a b\", expected a name")]
    [InlineData("\"pump\": {}, \"dataDir\": \"\"", "dataDir", "found \"\", expected a path.")]
    [InlineData("\"pump\": {}, \"dataDir\": true", "dataDir", "found true, expected a path.")]
    [InlineData("\"pump\": {}, \"log\": { \"level\": \"infos\" }", "log.level", "Did you mean \"info\"?")]
    [InlineData("\"pump\": { \"segmentSize\": \"5 XiB\" }", "pump.segmentSize", "found \"5 XiB\", expected a size from 1 MiB to 16 GiB")]
    [InlineData("\"pump\": { \"segmentSize\": 1000 }", "pump.segmentSize", "found 1000, expected a size from 1 MiB to 16 GiB")]
    [InlineData("\"pump\": { \"segmentSize\": \"9999999 TiB\" }", "pump.segmentSize", "expected a size")]
    [InlineData("\"pump\": { \"segmentSize\": -5 }", "pump.segmentSize", "expected a size")]
    [InlineData("\"pump\": { \"fakeBinlogInterval\": \"3 weeks\" }", "pump.fakeBinlogInterval", "expected a duration from 100ms to 1h")]
    [InlineData("\"pump\": { \"fakeBinlogInterval\": 0 }", "pump.fakeBinlogInterval", "expected a duration from 100ms to 1h")]
    [InlineData("\"pump\": { \"fakeBinlogInterval\": 1e30 }", "pump.fakeBinlogInterval", "expected a duration")]
    [InlineData("\"pump\": { \"retention\": { \"age\": 0 } }", "pump.retention.age", "expected a duration from 1s to 3650d")]
    [InlineData("\"pump\": { \"retention\": { \"size\": \"-1 GiB\" } }", "pump.retention.size", "expected a size from 0 to 1024 TiB")]
    [InlineData("\"pump\": { \"retention\": { \"drainers\": \"deleted\" } }", "pump.retention.drainers", "Did you mean \"delete\"?")]
    [InlineData("\"pump\": { \"stopWriteAtAvailableSpace\": \"2 GiB\", \"warnAtAvailableSpace\": \"1 GiB\" }", "pump.warnAtAvailableSpace", "writes are refused already at 2 GiB")]
    public void Load_WrongValue_NamesKeyFoundAndExpected(string json, string path, string expected)
    {
        var error = TheError($"{{ {json} }}");

        Assert.StartsWith($"{path} (binlogd.json line 1, column ", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"type\": \"sqlite\"", "drainer.downstream.file: missing, expected a path. Name the SQLite file, or set drainer.downstream.type to \"mysql\".")]
    [InlineData("\"type\": \"mysql\", \"user\": \"u\"", "drainer.downstream.host: missing")]
    [InlineData("\"type\": \"mysql\", \"host\": \"h\"", "drainer.downstream.user: missing")]
    [InlineData("\"type\": \"mysql\", \"host\": \"h\", \"user\": \"u\", \"port\": 0", "found 0, expected an integer from 1 to 65535. Without it the default is 3306.")]
    [InlineData("\"type\": \"mysql\", \"host\": \"h\", \"user\": \"u\", \"file\": \"f\"", "has no effect with drainer.downstream.type \"mysql\". Remove it, or set the type to \"sqlite\".")]
    [InlineData("\"file\": \"f\", \"host\": \"h\"", "has no effect with drainer.downstream.type \"sqlite\". Remove it, or set the type to \"mysql\".")]
    [InlineData("\"type\": \"mysql\", \"host\": \"h\", \"user\": \"u\", \"tls\": { \"cert\": \"jobs.jsonl\" }", "drainer.downstream.tls.key: missing, and drainer.downstream.tls.cert is of no use without it")]
    [InlineData("\"type\": \"mysql\", \"host\": \"h\", \"user\": \"u\", \"tls\": { \"key\": \"jobs.jsonl\" }", "drainer.downstream.tls.cert: missing")]
    [InlineData("\"type\": \"mysql\", \"host\": \"h\", \"user\": \"u\", \"tls\": { \"ca\": \"nope.pem\" }", "nope.pem doesn't exist; relative paths start at")]
    [InlineData("\"type\": \"kafka\"", "column 19): found \"kafka\", expected one of sqlite, mysql.")]
    public void Load_DownstreamThatDoesNotFit_SaysWhatToDo(string downstream, string expected)
    {
        var error = TheError($$"""
            { "drainer": { "schemaHistory": { "path": "jobs.jsonl" },
              "downstream": { {{downstream}} } } }
            """);

        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"schemaHistory\": { \"path\": \"nope.jsonl\" }", "nope.jsonl doesn't exist; relative paths start at")]
    [InlineData("\"schemaHistory\": { \"path\": \".\" }", "is a directory")]
    [InlineData("\"schemaHistory\": {}", "drainer.schemaHistory.path: missing, expected the path of an existing file.")]
    [InlineData("\"schemaHistory\": { \"source\": \"tikv\" }", "drainer.schemaHistory.source (binlogd.json line 1, column 35): found \"tikv\", but without cluster.mode \"pd\" nothing says where TiKV is")]
    [InlineData("\"schemaHistory\": { \"path\": \"jobs.jsonl\" }, \"initialCommitTs\": -2", "found -2, expected an integer from -1 to 9223372036854775807")]
    [InlineData("\"schemaHistory\": { \"path\": \"jobs.jsonl\" }, \"initialCommitTs\": \"5\"", "Write 5 without the quotes.")]
    [InlineData("\"schemaHistory\": { \"path\": \"jobs.jsonl\" }, \"relay\": { \"maxSize\": \"100 MiB\" }", "found 100 MiB for drainer.relay.maxSize and 64 MiB for drainer.relay.segmentSize, expected room for two segments at least")]
    [InlineData("\"schemaHistory\": { \"path\": \"jobs.jsonl\" }, \"listen\": \"0.0.0.0:8249\"", "drainer.advertise: missing, and 0.0.0.0:8249 of drainer.listen can't be connected to")]
    [InlineData("\"schemaHistory\": { \"path\": \"jobs.jsonl\" }, \"listen\": \"[::]:8249\"", "drainer.advertise: missing, and [::]:8249 of drainer.listen can't be connected to")]
    public void Load_DrainerThatDoesNotFit_SaysWhatToDo(string drainer, string expected)
    {
        var error = TheError($$"""{ "drainer": { {{drainer}}, "downstream": { "file": "target.db" } }, "security": { "allowPlainText": true } }""");

        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"memoryLimit\": \"100 MiB\"", "pump.memoryLimit", "found 100 MiB for pump.memoryLimit and 128 MiB for pump.maxMessageSize")]
    [InlineData("\"maxMessageSize\": \"129 MiB\"", "pump.maxMessageSize", "found 256 MiB for pump.memoryLimit and 129 MiB for pump.maxMessageSize")]
    public void Load_LargestMessageThatDoesNotFitTheMemory_IsAnError(string pump, string key, string expected)
    {
        var error = TheError($$"""{ "pump": { {{pump}} } }""");

        Assert.StartsWith(key, error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Contains("Raise pump.memoryLimit or lower pump.maxMessageSize.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:8250", "127.0.0.1:8250", true)]
    [InlineData("127.0.0.1:8250", "localhost:8250", true)]
    [InlineData("0.0.0.0:8250", "127.0.0.1:8250", true)]
    [InlineData("127.0.0.1:0", "127.0.0.1:0", false)]
    [InlineData("127.0.0.1:8250", "10.0.0.1:8250", false)]
    public void Load_BothRolesOnOnePort_IsAnErrorWhenTheyOverlap(string pump, string drainer, bool error)
    {
        var result = Load(
            """{ "drainer": { "schemaHistory": { "path": "jobs.jsonl" }, "downstream": { "file": "target.db" } } }""",
            null, "--security:allowPlainText=true", $"--pump:listen={pump}", "--pump:advertise=h:1", $"--drainer:listen={drainer}");

        Assert.Equal(error, result.Errors.Any(e => e.ToString().Contains("which pump.listen", StringComparison.Ordinal)));
        Assert.Equal(error ? 1 : 0, result.Errors.Count);
    }

    [Fact]
    public void Load_NoRole_IsAnError() =>
        Assert.StartsWith("pump, drainer: neither section is there, so this host has nothing to do.", TheError("{}"), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "pump": true }""", "pump (binlogd.json line 1, column 3): found true or false, expected a section with keys of its own. Write \"pump\": { }, or leave it out.")]
    [InlineData("""{ "pump": {}, "PUMP": {} }""", "PUMP (binlogd.json line 1, column 15): given a second time, first at binlogd.json line 1, column 3. Keep one of the two.")]
    [InlineData("""{ "pump": {}, "pump.listen": "x" }""", "pump.listen (binlogd.json line 1, column 15): found a key with its section in one name. Nest it: \"pump\": { \"listen\": … }.")]
    public void Load_WrongShape_SaysHowToWriteIt(string json, string expected) =>
        Assert.Equal(expected, TheError(json));

    [Theory]
    [InlineData("{ \"pump\": {},\n  \"dataDir\": \"ä\" x }", "not valid JSON at line 2, column 18")]
    [InlineData("{ \"pump\": {", "not valid JSON at line 1, column 12")]
    [InlineData("", "not valid JSON at line 1, column 1")]
    [InlineData("[]", "found StartArray, expected an object in braces.")]
    [InlineData("{} {}", "not valid JSON at line 1, column 4")]
    public void Load_BrokenJson_NamesLineAndColumn(string json, string expected)
    {
        var error = TheError(json);

        Assert.StartsWith(PathOf("binlogd.json"), error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TextThatIsNotUtf8_IsAnError()
    {
        var path = PathOf("latin1.json");
        File.WriteAllBytes(path, [.. "{ \"nodeId\": \""u8, 0xE4, .. "\" }"u8]);

        var result = new ConfigurationLoader(new Dictionary<string, string>(), PathOf("")).Load(path, []);

        Assert.Contains("UTF-8", Assert.Single(result.Errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TooLargeFile_IsRefusedUnread()
    {
        Assert.Contains("expected a configuration file of at most 1 MiB", TheError(new string(' ', (1 << 20) + 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MissingFileOrDirectory_IsAnError()
    {
        var loader = new ConfigurationLoader(new Dictionary<string, string>(), PathOf(""));

        var missing = Assert.Single(loader.Load("nope.json", []).Errors).ToString();
        var directory = Assert.Single(loader.Load(".", []).Errors).ToString();

        Assert.Equal($"{PathOf("nope.json")}: the configuration file doesn't exist. Create it, or name another one with --config FILE.", missing);
        Assert.Contains("found a directory, expected a file", directory, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ErrorsInEverySource_AreAllReported()
    {
        var result = Load(
            """{ "clustr": { "id": 1 }, "pump": { "listen": 1, "listne": 2 }, "drainer": { "downstream": { "type": "mysql", "port": 70000 } } }""",
            new() { ["BINLOG__LOG__LEVEL"] = "loud", ["BINLOG__PUMP__SIZE"] = "1", ["BINLOG__pump__size"] = "1" },
            "--drainer:initialCommitTs=later", "stray", "--nodeId");

        string[] expected =
        [
            "--nodeId", "clustr", "drainer.downstream.host", "drainer.downstream.port", "drainer.downstream.user", "drainer.initialCommitTs",
            "drainer.schemaHistory.path", "log.level", "pump.listen", "pump.listne", "PUMP.SIZE", "pump.size", "stray",
        ];
        Assert.Equal(
            expected.Order(StringComparer.OrdinalIgnoreCase).ThenBy(p => p, StringComparer.Ordinal),
            result.Errors.Select(e => e.Path).Order(StringComparer.OrdinalIgnoreCase).ThenBy(p => p, StringComparer.Ordinal));
    }

    [Fact]
    public void Load_BrokenJsonAndWrongArgument_ReportsBothButNothingMissing()
    {
        var result = Load("""{ "drainer": { """, null, "--pump:lisen=1");

        Assert.Equal(2, result.Errors.Count);
        Assert.Contains(result.Errors, e => e.Problem.StartsWith("not valid JSON", StringComparison.Ordinal));
        Assert.Contains(result.Errors, e => e.Path == "pump.lisen");
    }

    [Theory]
    [InlineData("--pump:listen", "Write --pump:listen=VALUE, with an equals sign.")]
    [InlineData("--confg=x", "Did you mean --config?")]
    [InlineData("--confg", "Did you mean --config?")]
    [InlineData("pump:listen=1", "expected --section:key=value")]
    [InlineData("--=1", "expected --section:key=value")]
    public void Load_ArgumentOfOtherForm_SaysTheForm(string argument, string expected) =>
        Assert.Contains(expected, TheError("""{ "pump": {} }""", null, argument), StringComparison.Ordinal);

    [Fact]
    public void Load_SecretInWrongPlace_IsNeverRepeated()
    {
        var result = Load(
            """{ "drainer": { "downstream": "mysql://root:hunter2@h" }, "pump": {}, "passwort": "hunter2" }""",
            new() { ["BINLOG__drainer__downstream__pasword"] = "hunter2" },
            "--drainer:downstream:password", "hunter2");

        Assert.True(result.Errors.Count >= 4);
        Assert.All(result.Errors, e => Assert.DoesNotContain("hunter2", e.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Load_PasswordOfWrongType_HidesIt()
    {
        var result = Load("""
            { "drainer": { "schemaHistory": { "path": "jobs.jsonl" }, "downstream": { "type": "mysql", "host": "h", "user": "u", "password": 8472 } } }
            """);

        var error = Assert.Single(result.Errors).ToString();
        Assert.Contains("found a number, expected a text. Put the value in quotes.", error, StringComparison.Ordinal);
        Assert.DoesNotContain("8472", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_SeveralErrors_HasHeadingAndALineEach()
    {
        var writer = new StringWriter();

        ConfigurationReport.Write(Load("""{ "a": 1, "b": 2, "pump": {} }""").Errors, writer);

        var lines = writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("binlogd: the configuration has 2 errors; nothing was started.", lines[0]);
        Assert.StartsWith("  a (binlogd.json", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("  b (binlogd.json", lines[2], StringComparison.Ordinal);
    }
}
