using Binlog.RelayLog;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Drainer.Relaying;

namespace Binlog.Service.Tests.Commands.Inspect;

/// <summary>A Drainer gets the lost end of its relay log from the Pumps again: a repair must not put something there that it stops at for good.</summary>
public sealed class InspectRelayLostEndTests : IDisposable
{
    private const ulong Last = 120;

    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly RelayFolder _folder = new();

    private string LastSegment => Directory.GetFiles(_folder.Path, "*.seg").Order(StringComparer.Ordinal).Last();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("record")]
    [InlineData("segment")]
    public async Task Repair_OnlyTheEndIsMissing_LeavesItToTheNextStart(string lost)
    {
        await FillAsync();
        ulong left = Lose(lost);

        (int verified, string report, string _) = await InspectRun.RunAsync("verify", _folder.Path);
        (int planned, string plan, string _) = await InspectRun.RunAsync("repair", _folder.Path);
        (int repaired, string done, string _) = await InspectRun.RunAsync("repair", _folder.Path, "--force");
        (int after, string _, string _) = await InspectRun.RunAsync("verify", _folder.Path);

        Assert.Equal((ExitCode.Failed, ExitCode.Ok, ExitCode.Ok, ExitCode.Ok), (verified, planned, repaired, after));
        Assert.All(new[] { report, plan, done }, text => Assert.Contains($"the next start asks the Pumps again for what comes after the last record that is left, commit TS {left} (", text, StringComparison.Ordinal));
        Assert.DoesNotContain("inspect repair", report, StringComparison.Ordinal);
        Assert.Contains("There is nothing to repair.", plan, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "repairs.jsonl")));
        await GoesOnAfterAsync(left, from: 0);
    }

    [Theory]
    [InlineData("record")]
    [InlineData("segment")]
    [InlineData("header")]
    public async Task Repair_DamageBesidesTheMissingEnd_LeavesAGapThereAndNoneAtTheEnd(string lost)
    {
        await FillAsync();
        ulong left = Lose(lost);
        InspectRun.Damage(_folder.Path, InspectRun.Records(_folder.Path)[1].Position);

        (int planned, string plan, string _) = await InspectRun.RunAsync("repair", _folder.Path);
        (int repaired, string done, string _) = await InspectRun.RunAsync("repair", _folder.Path, "--force");
        (int after, string _, string _) = await InspectRun.RunAsync("verify", _folder.Path);

        Assert.Equal((ExitCode.Failed, ExitCode.Ok, ExitCode.Ok), (planned, repaired, after));
        Assert.Contains("A repair would lose: 1 records", plan, StringComparison.Ordinal);
        Assert.Contains("Lost: 1 records", done, StringComparison.Ordinal);
        Assert.All(new[] { plan, done }, text => Assert.Contains("asks the Pumps again", text, StringComparison.Ordinal));
        await GoesOnAfterAsync(left, from: 102);
    }

    /// <summary>A start of 100 and transactions up to <see cref="Last"/>, three or four in a segment, closed cleanly.</summary>
    private async Task FillAsync()
    {
        await using Relay relay = await _folder.OpenAsync();
        await relay.Log.AppendAsync(new RecordTag((ushort)RelayRecordKind.Start, 0, 100), default, Token);
        for (ulong ts = 101; ts <= Last; ts++)
        {
            await relay.Log.AppendAsync(new RecordTag((ushort)RelayRecordKind.Transaction, ts - 1, ts), RelayFolder.Transaction(ts, 1000).Payload, Token);
        }
    }

    /// <summary>Takes something from the end, and returns the last commit TS that is left.</summary>
    private ulong Lose(string what)
    {
        (LogPosition Position, ulong Sequence, RecordTag Tag)[] records = [.. InspectRun.Records(_folder.Path)];
        ulong lastSegment = records[^1].Position.Segment;
        switch (what)
        {
            case "segment":
                File.Delete(LastSegment);
                return records.Last(record => record.Position.Segment < lastSegment).Tag.CommitTs;

            case "header":
                byte[] content = File.ReadAllBytes(LastSegment);
                content.AsSpan(40).Fill(0xAA);
                File.WriteAllBytes(LastSegment, content);
                return records.Last(record => record.Position.Segment < lastSegment).Tag.CommitTs;

            default:
                using (FileStream file = File.OpenWrite(LastSegment))
                {
                    file.SetLength(file.Length - 8);
                }

                return records[^2].Tag.CommitTs;
        }
    }

    /// <summary>The Drainer opens the log, goes on after what is left, and a target at <paramref name="from"/> gets everything behind it.</summary>
    private async Task GoesOnAfterAsync(ulong left, ulong from)
    {
        await using Relay relay = await _folder.OpenAsync();
        Assert.Equal(left, relay.LastCommitTs);
        await relay.Log.AppendAsync(new RecordTag((ushort)RelayRecordKind.Watermark, 0, left + 1), default, Token);
        var read = new List<ulong>();
        using LogReader reader = relay.Log.OpenReaderAtCommitTs(from);
        while (reader.TryRead(out LogRecord record))
        {
            read.Add(record.Tag.CommitTs);
        }

        Assert.Equal([.. read.Order()], read);
        Assert.Equal(left + 1, read[^1]);
        Assert.Equal((int)(left + 1 - Math.Max(from, 99)), read.Count(ts => ts > from));
    }
}
