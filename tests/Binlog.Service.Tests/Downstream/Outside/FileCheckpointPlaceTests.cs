using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Claiming;
using Binlog.Service.Downstream.Outside;
using Binlog.Service.Tests.Drainer.Relaying;

namespace Binlog.Service.Tests.Downstream.Outside;

public sealed class FileCheckpointPlaceTests : IDisposable
{
    private const string Savepoint = "consistent = false\ncommitTS = 300\nschema-version = 4\n";

    private static readonly OutsideCheckpoint First = new() { ClusterId = 7, Target = "t", Epoch = 1, Holder = "one", Checkpoint = new Checkpoint(100, 5) };

    private readonly TemporaryDirectory _directory = new();
    private readonly FullableFileSystem _files = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string File => Path.Combine(_directory.Combine("data"), "checkpoint");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Take_EachTime_HasTheNextEpochAndWhatWasWritten()
    {
        await using (FileCheckpointPlace place = Place())
        {
            Assert.Null(await place.PeekAsync(Token));
            Assert.Null(await place.TakeAsync(new TargetClaim { Holder = "one" }, Token));
            await place.WriteAsync(First, Token);
            await place.WriteAsync(First with { InDoubtUpTo = 120, IsInDoubtAsAWhole = true }, Token);
        }

        await using FileCheckpointPlace again = Place();
        Assert.Equal(1UL, (await again.PeekAsync(Token))!.Epoch);
        OutsideCheckpoint? taken = await again.TakeAsync(new TargetClaim { Holder = "two" }, Token);
        Assert.Equal(First with { InDoubtUpTo = 120, IsInDoubtAsAWhole = true, Epoch = 2, Holder = "two" }, taken);
        Assert.Equal(taken, await again.PeekAsync(Token));
    }

    [Fact]
    public async Task Take_HeldByAnother_IsRefusedUntilThatOneEnds()
    {
        FileCheckpointPlace place = Place();
        await place.TakeAsync(new TargetClaim(), Token);
        await using FileCheckpointPlace second = Place();

        TargetException error = await Assert.ThrowsAsync<TargetException>(() => second.TakeAsync(new TargetClaim(), Token));

        Assert.True(error.IsTransient);
        Assert.Contains($"The checkpoint's file {File} can't be taken", error.Message, StringComparison.Ordinal);
        await place.DisposeAsync();
        Assert.Null(await second.TakeAsync(new TargetClaim(), Token));
    }

    [Fact]
    public async Task Write_DiskIsFull_TheOldOneStays()
    {
        await using FileCheckpointPlace place = Place();
        await place.TakeAsync(new TargetClaim(), Token);
        await place.WriteAsync(First, Token);
        _files.IsFull = true;

        TargetException error = await Assert.ThrowsAsync<TargetException>(() => place.WriteAsync(First with { Checkpoint = new Checkpoint(200, 5) }, Token));

        Assert.True(error.IsTransient);
        _files.IsFull = false;
        Assert.Equal(First, await place.PeekAsync(Token));
        await place.WriteAsync(First with { Checkpoint = new Checkpoint(200, 5) }, Token);
        Assert.Equal(200UL, (await place.PeekAsync(Token))!.Checkpoint.CommitTs);
    }

    [Fact]
    public async Task Take_CheckpointOfAnotherCluster_IsRefused()
    {
        await using (FileCheckpointPlace place = Place())
        {
            await place.TakeAsync(new TargetClaim(), Token);
            await place.WriteAsync(First, Token);
        }

        await using FileCheckpointPlace other = Place(clusterId: 8);
        TargetException error = await Assert.ThrowsAsync<TargetException>(() => other.TakeAsync(new TargetClaim(), Token));
        Assert.Contains("belongs to cluster 7; cluster.id is 8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindOriginal_SavepointAtItsPlace_IsFoundAndKeptBesideOurs()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        await System.IO.File.WriteAllTextAsync(File, Savepoint, Token);
        await using FileCheckpointPlace place = Place();

        Assert.Null(await place.TakeAsync(new TargetClaim(), Token));
        Assert.Equal(new OriginalCheckpoint(300, IsConsistent: false, File), await place.FindOriginalAsync(Token));
        await place.WriteAsync(First with { Checkpoint = new Checkpoint(300, 4) }, Token);

        Assert.Equal(Savepoint, await System.IO.File.ReadAllTextAsync($"{File}.original", Token));
        Assert.Null(await place.FindOriginalAsync(Token));
        Assert.Equal(300UL, (await place.PeekAsync(Token))!.Checkpoint.CommitTs);
    }

    private FileCheckpointPlace Place(ulong clusterId = 7) => new(File, clusterId, _files);
}
