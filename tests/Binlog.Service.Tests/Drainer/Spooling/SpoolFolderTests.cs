using Binlog.RelayLog.Format;
using Binlog.Service.Drainer.Spooling;
using Binlog.Service.Tests.Drainer.Collecting;
using Binlog.Service.Tests.Drainer.Relaying;
using Binlog.TiDB;

namespace Binlog.Service.Tests.Drainer.Spooling;

public sealed class SpoolFolderTests : IDisposable
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly TemporaryDirectory _directory = new();

    private string Folder => _directory.Combine("spool");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Write_InPieces_GivesLengthChecksumAndHeader()
    {
        await using SpoolFolder folder = TestMemory.OpenSpool(Folder);
        var binlog = new LargeBinlog(77, 300_000);

        SpooledBinlog spooled = await SpoolAsync(folder, binlog.ToArray());

        Assert.Equal((binlog.Length, Crc32C.Compute(binlog.ToArray())), (spooled.Length, spooled.Checksum));
        Assert.Equal((77UL, 76UL, 300_000), (spooled.Header.CommitTs, spooled.Header.StartTs, spooled.Header.PrewriteValue.Length));
        Assert.True(binlog.IsEqual(spooled.Length, spooled.Read));
    }

    [Fact]
    public async Task Release_ByTheLastUser_RemovesTheFile()
    {
        await using SpoolFolder folder = TestMemory.OpenSpool(Folder);
        SpooledBinlog spooled = (await SpoolAsync(folder, new LargeBinlog(77, 10).ToArray())).Retain();
        spooled.Release();
        Assert.Single(Directory.EnumerateFiles(Folder));
        spooled.Release();
        Assert.Empty(Directory.EnumerateFiles(Folder));
        Assert.Equal(0, folder.Files);
    }

    [Fact]
    public async Task Write_BrokenOffOrNoBinlog_LeavesNoFile()
    {
        await using SpoolFolder folder = TestMemory.OpenSpool(Folder);
        using (SpoolWriter writer = await folder.BeginAsync(Token))
        {
            await writer.AppendAsync(new byte[100], Token);
        }

        await Assert.ThrowsAsync<TiDBFormatException>(() => SpoolAsync(folder, [0x0B]));

        Assert.Empty(Directory.EnumerateFiles(Folder));
    }

    [Fact]
    public void Open_FilesOfACrashedProcess_AreRemovedAndOthersStay()
    {
        Directory.CreateDirectory(Folder);
        string[] others = ["binlog-.spool", "binlog-1.spool.txt", "binlog--1.spool", "notes.txt", "binlog-1x.spool"];
        foreach (string name in others.Concat(["binlog-1.spool", "binlog-4711.spool"]))
        {
            File.WriteAllText(Path.Combine(Folder, name), "content");
        }

        TestMemory.OpenSpool(Folder);

        Assert.Equal(others.Order(StringComparer.Ordinal), Directory.EnumerateFiles(Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Dispose_FilesInUse_AreRemoved()
    {
        SpoolFolder folder = TestMemory.OpenSpool(Folder);
        await SpoolAsync(folder, new LargeBinlog(77, 10).ToArray());
        await folder.DisposeAsync();
        Assert.Empty(Directory.EnumerateFiles(Folder));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_DiskFull_WaitsSaysSoAndGoesOnWhenThereIsSpace(bool fromTheBeginning)
    {
        var files = new FullableFileSystem { IsFull = fromTheBeginning };
        await using SpoolFolder folder = TestMemory.OpenSpool(Folder, files, new InstantTimeProvider());
        byte[] bytes = new LargeBinlog(77, 5000).ToArray();
        Task<SpooledBinlog> spooling = SpoolAsync(folder, bytes, () => files.IsFull = true);
        while (folder.Failure is null)
        {
            Assert.False(spooling.IsCompleted, "it ended");
            await Task.Yield();
        }

        Assert.Contains("The disk is full: a binlog that is too large for memory can't be received", folder.Failure, StringComparison.Ordinal);
        files.IsFull = false;
        while (!spooling.IsCompleted)
        {
            // The test fills it once more after the first piece.
            files.IsFull = false;
            await Task.Yield();
        }

        SpooledBinlog spooled = await spooling;
        Assert.Null(folder.Failure);
        Assert.True(new LargeBinlog(77, 5000).IsEqual(spooled.Length, spooled.Read));
    }

    [Fact]
    public async Task Read_FileWasCut_NamesIt()
    {
        await using SpoolFolder folder = TestMemory.OpenSpool(Folder);
        SpooledBinlog spooled = await SpoolAsync(folder, new LargeBinlog(77, 5000).ToArray());
        string path = Directory.EnumerateFiles(Folder).Single();
        using (FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.SetLength(1000);
        }

        Assert.Contains($"{path} ends at byte 1000", Assert.Throws<IOException>(() => spooled.Read(new byte[2000], 0)).Message, StringComparison.Ordinal);
    }

    private static async Task<SpooledBinlog> SpoolAsync(SpoolFolder folder, byte[] bytes, Action? afterFirst = null)
    {
        using SpoolWriter writer = await folder.BeginAsync(Token);
        await writer.AppendAsync(bytes.AsMemory(0, bytes.Length / 3), Token);
        afterFirst?.Invoke();
        await writer.AppendAsync(bytes.AsMemory(bytes.Length / 3), Token);
        return writer.Finish();
    }
}
