using Binlog.Service.Hosting;
using Binlog.Service.Recordings;
using Binlog.Service.Tests.Pump;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Recordings;

public sealed class RecordingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Open_TwoBinlogs_InOrderWithTheirPayloads()
    {
        RecordingFile.Write(_directory.Path, 99, TestBinlogs.Prewrite(1), TestBinlogs.Commit(1, 2));

        var recording = Recording.Open(_directory.Path);

        Assert.Equal(99ul, recording.ClusterId);
        Assert.Equal([BinlogType.Prewrite, BinlogType.Commit], recording.Binlogs.Select(binlog => binlog.Header.Type));
        Assert.Equal(TestBinlogs.Prewrite(1), recording.Binlogs[0].Payload.ToArray());
        Assert.Equal((1, 2ul), (recording.CommittedTransactions, recording.LastCommitTs));
    }

    [Fact]
    public void Open_Sample_IsWhole()
    {
        var recording = Recording.Open(RecordingLocator.FindSample(Repository.Root));

        Assert.Equal(recording.Binlogs.Count(binlog => binlog.Header.Type == BinlogType.Prewrite), recording.Binlogs.Count(binlog => binlog.Header.Type != BinlogType.Prewrite));
        Assert.True(File.Exists(recording.SchemaHistoryFile));
        Assert.True(File.Exists(recording.FinalTablesFile));
    }

    [Fact]
    public void Open_NoFile_SaysWhichIsMissing() => AssertRefused($"{_directory.Path} is not a recording: it has no file binlogs.bin.gz");

    [Fact]
    public void Open_NotGzip_Refused()
    {
        _directory.Write("binlogs.bin.gz", "no gzip");

        AssertRefused($"{RecordingFile.PathIn(_directory.Path)} is damaged");
    }

    [Fact]
    public void Open_TruncatedGzip_Refused()
    {
        RecordingFile.Write(_directory.Path, 1, [.. Enumerable.Range(1, 200).Select(startTs => TestBinlogs.Prewrite((ulong)startTs))]);
        byte[] whole = File.ReadAllBytes(RecordingFile.PathIn(_directory.Path));
        Assert.DoesNotContain(Enumerable.Range(1, whole.Length - 1), length => IsAccepted(whole[..length]));
    }

    [Fact]
    public void Open_OneByteChanged_Refused()
    {
        RecordingFile.Write(_directory.Path, 1, [.. Enumerable.Range(1, 20).Select(startTs => TestBinlogs.Prewrite((ulong)startTs))]);
        byte[] whole = File.ReadAllBytes(RecordingFile.PathIn(_directory.Path));
        const int GzipHeader = 10;
        Assert.DoesNotContain(Enumerable.Range(GzipHeader, whole.Length - GzipHeader), at => IsAccepted([.. whole[..at], (byte)(whole[at] ^ 1), .. whole[(at + 1)..]]));
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0 }, "record 0 has no whole length")]
    [InlineData(new byte[] { 0x10, 0, 0, 1 }, "record 0 has the length 268435457, more than 268435456")]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF }, "record 0 has the length 4294967295")]
    [InlineData(new byte[] { 0, 0, 0, 9, 1, 2 }, "is damaged")]
    [InlineData(new byte[] { 0, 0, 0, 1, 0xFF }, "is damaged")]
    [InlineData(new byte[] { 0, 0, 0, 4, 0x12, 2, 0x08, 9 }, "is damaged")]
    public void Open_BadRecord_Refused(byte[] bytes, string text)
    {
        RecordingFile.WriteRaw(_directory.Path, bytes);

        AssertRefused(text);
    }

    [Fact]
    public void Open_Empty_Refused()
    {
        File.WriteAllBytes(RecordingFile.PathIn(_directory.Path), Convert.FromHexString("1f8b080000000000000303000000000000000000"));

        AssertRefused("is empty");
    }

    [Fact]
    public void Open_EmptyFile_Refused()
    {
        _directory.Write("binlogs.bin.gz", "");

        AssertRefused("binlogs.bin.gz");
    }

    [Fact]
    public void FindSample_NotAboveTheWorkingDirectory_FoundAboveTheProgram() =>
        Assert.EndsWith("samples/recording", RecordingLocator.FindSample(_directory.Path).Replace('\\', '/'), StringComparison.Ordinal);

    private bool IsAccepted(byte[] file)
    {
        File.WriteAllBytes(RecordingFile.PathIn(_directory.Path), file);
        try
        {
            Recording.Open(_directory.Path);
            return true;
        }
        catch (RecordingException)
        {
            return false;
        }
    }

    private void AssertRefused(string text)
    {
        var exception = Assert.Throws<RecordingException>(() => Recording.Open(_directory.Path));
        Assert.Contains(text, exception.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, exception.ExitCode);
    }
}
