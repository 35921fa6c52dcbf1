using System.Globalization;
using Binlog.RelayLog.Format;
using Xunit.Sdk;

namespace Binlog.RelayLog.Tests.Support;

/// <summary>The watcher is what the flush test rests on: it must catch a log that acknowledges early, and leave one alone that doesn't.</summary>
public sealed class FlushWatcherTests
{
    private const string Flush = "1 fdatasync(9</tmp/log/1.seg>) = 0";
    private const string HeaderWrite = "1 pwrite64(9</tmp/log/2.seg.tmp>, \"BINLGSEG\", 8, 0) = 8";
    private const string HeaderFlush = "1 fdatasync(9</tmp/log/2.seg.tmp>) = 0";
    private const string Rename = "1 rename(\"/tmp/log/2.seg.tmp\", \"/tmp/log/2.seg\") = 0";
    private const string DirectoryFlush = "1 fsync(8</tmp/log>) = 0";

    [Fact]
    public void Acknowledgement_BeforeTheFlush_IsCaught() => Assert.Throws<TrueException>(() => Watch(Write(1), Acknowledge(1), Flush));

    [Fact]
    public void Acknowledgement_WhileTheFlushRuns_IsCaught() =>
        Assert.Throws<TrueException>(() => Watch(Write(1), "1 fdatasync(9</tmp/log/1.seg> <unfinished ...>", Acknowledge(1), "1 <... fdatasync resumed>) = 0"));

    [Fact]
    public void Acknowledgement_OfARecordWhoseSegmentHasNoDurableName_IsCaught() =>
        Assert.Throws<TrueException>(() => Watch(HeaderWrite, HeaderFlush, Rename, Write(1), Flush, Acknowledge(1), DirectoryFlush));

    [Fact]
    public void Acknowledgement_OfTheLastSegmentWhileTheNextIsMade_IsFine() =>
        Assert.Equal(1, Watch(Write(1), Flush, HeaderWrite, HeaderFlush, Rename, Acknowledge(1), DirectoryFlush).Acknowledgements);

    [Fact]
    public void Acknowledgement_AfterFlushAndDirectoryFlush_IsFine() =>
        Assert.Equal(1, Watch(HeaderWrite, HeaderFlush, Rename, DirectoryFlush, Write(1), Flush, Acknowledge(1)).Acknowledgements);

    private static FlushWatcher Watch(params string[] lines)
    {
        var watcher = new FlushWatcher();
        foreach (string line in lines)
        {
            watcher.Observe(line);
        }

        return watcher;
    }

    private static string Write(ulong number)
    {
        byte[] record = new byte[RecordHeader.Size];
        new RecordHeader(new RecordTag(0, number, number), 0, 0, number, 0).Write(record, 0);
        string escaped = string.Concat(record.Select(value => "\\" + Convert.ToString(value, 8).PadLeft(3, '0')));
        return string.Create(CultureInfo.InvariantCulture, $"1 pwrite64(9</tmp/log/1.seg>, \"{escaped}\", {record.Length}, 4096) = {record.Length}");
    }

    private static string Acknowledge(ulong number) => string.Create(CultureInfo.InvariantCulture, $"2 write(1<pipe:[1]>, \"0 {number}\\n\", 4) = 4");
}
