using System.Globalization;
using System.Text;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Tests.Downstream;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Tests.Drainer.Schema;

public sealed class FileSchemaHistoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ddl_history_jobs.jsonl.gz")]
    public async Task Find_RecordedJob_GivesItParsedAndByteForByte(string file)
    {
        using var history = new FileSchemaHistory(RecordedStream.PathOf(file));

        SchemaHistoryEntry entry = (await history.FindAsync(314, default))!;

        Assert.Equal((314, DdlActionType.RenameIndex, 456), (entry.Job.Id, entry.Job.Type, entry.Job.Binlog.SchemaVersion));
        Assert.StartsWith("{\"id\":314,", Encoding.UTF8.GetString(entry.RawJson.Span), StringComparison.Ordinal);
        Assert.Equal(entry.Job.Query, DdlJob.Parse(entry.RawJson.Span).Query);
        Assert.Null(await history.FindAsync(9_999, default));
    }

    [Fact]
    public async Task JobsAfter_Range_GivesJobsThatTookEffectByVersion()
    {
        string path = _folder.PathOf("jobs");
        await File.WriteAllTextAsync(path, Line(4, 6, 30) + "\n\r\n" + Line(2, 6, 10) + Line(3, 3, 20) + Line(1, 6, 5) + Line(5, 5, 0), TestContext.Current.CancellationToken);
        using var history = new FileSchemaHistory(path);

        var ids = new List<long>();
        await foreach (DdlJob job in history.JobsAfterAsync(5, 30, default))
        {
            ids.Add(job.Id);
        }

        Assert.Equal([2, 4], ids);
    }

    [Fact]
    public async Task Find_JobAppendedLater_ReadsTheFileAgain()
    {
        string path = _folder.PathOf("jobs");
        await File.WriteAllTextAsync(path, Line(1, 6, 5), TestContext.Current.CancellationToken);
        using var history = new FileSchemaHistory(path);
        Assert.NotNull(await history.FindAsync(1, default));
        Assert.Null(await history.FindAsync(2, default));

        await File.AppendAllTextAsync(path, Line(2, 6, 8), TestContext.Current.CancellationToken);

        Assert.Equal(8, (await history.FindAsync(2, default))!.Job.Binlog.SchemaVersion);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("{\"id\":1,\"state\":\"x\"}")]
    [InlineData("{\"state\":6}")]
    [InlineData("{\"id\":1}{\"id\":2}")]
    [InlineData("{\"id\":2,\"binlog\":")]
    [InlineData("[]")]
    public async Task Find_DamagedLine_NamesFileAndLine(string line)
    {
        string path = _folder.PathOf("jobs");
        await File.WriteAllTextAsync(path, Line(1, 6, 5) + line + "\n", TestContext.Current.CancellationToken);
        using var history = new FileSchemaHistory(path);

        var error = await Assert.ThrowsAsync<SchemaHistoryException>(() => history.FindAsync(1, default));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_SameJobTwice_IsAnErrorOnlyWhenTheyDiffer()
    {
        string path = _folder.PathOf("jobs");
        await File.WriteAllTextAsync(path, Line(1, 6, 5) + Line(1, 6, 5), TestContext.Current.CancellationToken);
        using (var history = new FileSchemaHistory(path))
        {
            Assert.NotNull(await history.FindAsync(1, default));
        }

        await File.WriteAllTextAsync(path, Line(1, 6, 5) + Line(1, 6, 7), TestContext.Current.CancellationToken);
        using var differing = new FileSchemaHistory(path);
        var error = await Assert.ThrowsAsync<SchemaHistoryException>(() => differing.FindAsync(1, default));
        Assert.Contains("job 1 stands in line 1 already", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_MissingOrTruncatedFile_SaysWhatToDo()
    {
        using var missing = new FileSchemaHistory(_folder.PathOf("none"));
        Assert.Contains("drainer.schemaHistory.path", (await Assert.ThrowsAsync<SchemaHistoryException>(() => missing.FindAsync(1, default))).Message, StringComparison.Ordinal);

        string path = _folder.PathOf("cut.gz");
        byte[] bytes = await File.ReadAllBytesAsync(RecordedStream.PathOf("ddl_history_jobs.jsonl.gz"), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(path, bytes.AsMemory(0, bytes.Length / 2), TestContext.Current.CancellationToken);
        using var cut = new FileSchemaHistory(path);
        await Assert.ThrowsAsync<SchemaHistoryException>(() => cut.FindAsync(1, default));
    }

    private static string Line(long id, int state, long version) => string.Create(
        CultureInfo.InvariantCulture, $"{{\"id\":{id},\"type\":3,\"state\":{state},\"binlog\":{{\"X\":[1],\"SchemaVersion\":{version}}},\"query\":\"q\"}}\n");
}
