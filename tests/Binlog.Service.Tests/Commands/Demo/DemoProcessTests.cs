using System.IO.Compression;
using System.Text.Json;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.EndToEnd;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;
using Binlog.TestKit.Waiting;

namespace Binlog.Service.Tests.Commands.Demo;

/// <summary><c>binlogd demo</c> as its users start it.</summary>
[Collection(ProcessCluster.Collection)]
public sealed class DemoProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Demo_Json_ExitsWithOkAndOneObject()
    {
        (int exitCode, string output, string error) = await RunAsync("--json");

        Assert.True(exitCode == ExitCode.Ok, error);
        using JsonDocument result = JsonDocument.Parse(output);
        JsonElement root = result.RootElement;
        Assert.Equal(["transactions", "rows", "ddl", "tables", "mismatchedTables", "seconds"], root.EnumerateObject().Select(property => property.Name));
        Assert.Equal(38, root.GetProperty("tables").GetInt32());
        Assert.Empty(root.GetProperty("mismatchedTables").EnumerateArray());
        Assert.InRange(root.GetProperty("transactions").GetInt64(), 10_000, 20_000);
        Assert.InRange(root.GetProperty("rows").GetInt64(), 10_000, 1_000_000);
        Assert.InRange(root.GetProperty("ddl").GetInt64(), 50, 1000);
        Assert.InRange(root.GetProperty("seconds").GetDouble(), 0.1, Patience.TotalSeconds);
    }

    [Fact]
    public async Task Demo_AgainOnItsData_FindsEverythingThere()
    {
        Assert.Equal(ExitCode.Ok, (await RunAsync("--json", "--pumps=2")).ExitCode);

        (int exitCode, string output, string error) = await RunAsync("--pumps=2");
        Assert.True(exitCode == ExitCode.Ok, error);
        Assert.Contains("All 38 tables are equal.", output, StringComparison.Ordinal);
        Assert.Contains(_directory.Combine("data"), output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_Stay_AnswersAfterwardsUntilItIsStopped()
    {
        using BinlogdProcess demo = BinlogdProcess.Start(["demo", "--stay", "--pumps", "2", "--rate", "5000", "--data", _directory.Combine("data"), "--recording", ProcessCluster.Recording.Directory]);
        await Eventually.HoldsAsync("the comparison is over", () => demo.HasExited ? throw new InvalidOperationException(demo.Errors) : demo.Errors.Contains("go on until Ctrl+C", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        string[] lines = [.. demo.Errors.Split('\n').Where(line => line.Contains("http://", StringComparison.Ordinal))];
        using var client = new HttpClient();
        string status = await client.GetStringAsync($"http://{lines[0].Split("http://")[1]}/status", TestContext.Current.CancellationToken);

        await demo.SignalAsync("INT");
        (int exitCode, string output) = await demo.WaitAsync(Patience);

        Assert.Equal(["Pump", "Pump", "Drainer"], lines.Take(3).Select(line => line.Split(' ')[0]));
        Assert.Contains("\"pump-2\"", status, StringComparison.Ordinal);
        Assert.Contains("All 38 tables are equal.", output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, exitCode);
    }

    [Fact]
    public async Task Demo_MariaDbWithOtherDefaults_ExitsWithOk()
    {
        Capability.RequireMariaDb();
        await using MariaDbServer server = await MariaDbServer.StartAsync(new MariaDbOptions { Arguments = ["--character-set-server=latin1", "--default-time-zone=+05:30"] });

        (int exitCode, string output, string error) = await RunAsync("--downstream", ProcessCluster.Url(server));
        Assert.True(exitCode == ExitCode.Ok, error + output);
        Assert.Contains("All 38 tables are equal.", output, StringComparison.Ordinal);
        Assert.DoesNotContain(server.RootPassword, output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_OtherFinalTables_ExitsWithFailedAndNamesTableAndRow()
    {
        string recording = CopyRecording();
        Rewrite(Path.Combine(recording, "final_tables.json.gz"), text => text.Replace("'jennq'", "'other'", StringComparison.Ordinal));

        (int exitCode, string output, string error) = await RunAsync("--recording", recording);
        Assert.True(exitCode == ExitCode.Failed, error + output);
        Assert.Contains("1 of 38 tables differ.", output, StringComparison.Ordinal);
        Assert.Contains("Db Three.Mixed Case differs", output, StringComparison.Ordinal);
        Assert.Contains("missing: Id = 0, Col One = 'other'", output, StringComparison.Ordinal);
        Assert.Contains("unexpected: Id = 0, Col One = 'jennq'", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_FinalTablesAreDamaged_SaysSo()
    {
        string recording = CopyRecording();
        Rewrite(Path.Combine(recording, "final_tables.json.gz"), text => text[..(text.Length / 2)]);

        (int exitCode, string output, string error) = await RunAsync("--recording", recording, "--json");
        Assert.Equal(ExitCode.Failed, exitCode);
        Assert.Empty(output);
        Assert.Contains("final_tables.json.gz", OneLine(error), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(500_000)]
    public async Task Demo_BinlogsAreCutOff_SaysSo(int length)
    {
        string recording = CopyRecording();
        string file = Path.Combine(recording, "binlogs.bin.gz");
        await File.WriteAllBytesAsync(file, (await File.ReadAllBytesAsync(file))[..length]);

        (int exitCode, _, string error) = await RunAsync("--recording", recording);
        Assert.Equal(ExitCode.Failed, exitCode);
        Assert.Contains($"The recording's file {file} is", OneLine(error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_NoSuchRecording_SaysSo()
    {
        (int exitCode, _, string error) = await RunAsync("--recording", _directory.Combine("nothing"));

        Assert.Equal(ExitCode.Failed, exitCode);
        Assert.Contains($"{_directory.Combine("nothing")} is not a recording", OneLine(error), StringComparison.Ordinal);
    }

    private static string OneLine(string error)
    {
        string line = Assert.Single(error.Split('\n'), line => line.StartsWith("binlogd: ", StringComparison.Ordinal));
        Assert.DoesNotContain("unexpected", line, StringComparison.Ordinal);
        return line;
    }

    private static void Rewrite(string file, Func<string, string> change)
    {
        string text;
        using (var reader = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress)))
        {
            text = reader.ReadToEnd();
        }

        string changed = change(text);
        Assert.NotEqual(text, changed);
        using var writer = new StreamWriter(new GZipStream(File.Create(file), CompressionLevel.Fastest));
        writer.Write(changed);
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        BinlogdProcess.RunAsync(Patience, ["demo", "--data", _directory.Combine("data"), .. arguments.Contains("--recording") ? [] : new[] { "--recording", ProcessCluster.Recording.Directory }, .. arguments]);

    private string CopyRecording()
    {
        string copy = Directory.CreateDirectory(_directory.Combine("recording")).FullName;
        foreach (string name in new[] { "binlogs.bin.gz", "ddl_history_jobs.jsonl.gz", "final_tables.json.gz" })
        {
            File.Copy(Path.Combine(ProcessCluster.Recording.Directory, name), Path.Combine(copy, name));
        }

        return copy;
    }
}
