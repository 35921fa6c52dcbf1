using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Claiming;
using Binlog.Service.Downstream.Sqlite;
using Binlog.TestKit.Waiting;
using Microsoft.Data.Sqlite;
using static Binlog.Service.Tests.Drainer.Schema.Definitions;

namespace Binlog.Service.Tests.Downstream.Sqlite;

public sealed class SqliteTargetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_NewFile_HasNoCheckpointAndThenTheOneApplied()
    {
        string file = _folder.PathOf("t.db");
        await using (var target = new SqliteTarget(file, ulong.MaxValue))
        {
            Assert.Null(await target.OpenAsync(default));
            await target.ApplyAsync(new ChangeBatch(), new Checkpoint(5, 2), default);
            await target.ApplyAsync(new ChangeBatch(), new Checkpoint(470606479639183361, 3), default);
        }

        await using var again = new SqliteTarget(file, ulong.MaxValue);
        Assert.Equal(new Checkpoint(470606479639183361, 3), await again.OpenAsync(default));
        Assert.Contains(file, again.Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OtherCluster_HasItsOwnCheckpoint()
    {
        string file = _folder.PathOf("t.db");
        await using (var first = new SqliteTarget(file, 1))
        {
            await first.OpenAsync(default);
            await first.ApplyAsync(new ChangeBatch(), new Checkpoint(5, 2), default);
        }

        await using var second = new SqliteTarget(file, 2);
        Assert.Null(await second.OpenAsync(default));
    }

    [Fact]
    public async Task Open_WhileAnotherSessionHoldsTheFile_SaysSo()
    {
        string file = _folder.PathOf("t.db");
        await using var first = new SqliteTarget(file, 1);
        await first.OpenAsync(default);
        await using var second = new SqliteTarget(file, 1);

        var error = await Assert.ThrowsAsync<TargetException>(() => second.OpenAsync(default));

        Assert.Contains("in use by another process", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsTransient);
        await first.ApplyAsync(new ChangeBatch(), new Checkpoint(5, 2), default);
        await first.DisposeAsync();
        Assert.Equal(new Checkpoint(5, 2), await second.OpenAsync(default));
    }

    [Fact]
    public async Task Open_FileOfTheFirstFormat_IsBroughtUpToDateAndTakesAnEpoch()
    {
        string file = _folder.PathOf("t.db");
        await using (var first = new SqliteTarget(file, 1))
        {
            await first.OpenAsync(default);
            await first.ApplyAsync(new ChangeBatch(), new Checkpoint(5, 2), default);
        }

        using (SqliteDatabase beside = SqliteDatabase.Open(file, SqliteOpenMode.ReadWrite, TimeSpan.FromSeconds(5)))
        {
            beside.Execute("CREATE TABLE old (cluster_id TEXT PRIMARY KEY, commit_ts INTEGER NOT NULL, schema_version INTEGER NOT NULL) WITHOUT ROWID");
            beside.Execute("INSERT INTO old SELECT cluster_id, commit_ts, schema_version FROM binlogd_checkpoint");
            beside.Execute("DROP TABLE binlogd_checkpoint");
            beside.Execute("ALTER TABLE old RENAME TO binlogd_checkpoint");
            beside.Execute("PRAGMA user_version = 1");
        }

        await using var target = new SqliteTarget(file, 1) { Claim = new TargetClaim { Holder = "Drainer d1" } };

        Assert.Equal(new Checkpoint(5, 2), await target.OpenAsync(default));
        await target.ApplyAsync(new ChangeBatch(), new Checkpoint(6, 2), default);
        using SqliteDatabase look = SqliteDatabase.Open(file, SqliteOpenMode.ReadOnly, TimeSpan.FromSeconds(5));
        Assert.Equal("2 6 1 Drainer d1", look.QueryText("SELECT user_version || ' ' || commit_ts || ' ' || epoch || ' ' || holder FROM binlogd_checkpoint, pragma_user_version"));
    }

    [Fact]
    public async Task Open_StandbyWhileTheFileIsHeld_WaitsAndSaysForWhom()
    {
        string file = _folder.PathOf("t.db");
        var firstClaim = new TargetClaim { Holder = "Drainer d1" };
        await using var first = new SqliteTarget(file, 1) { Claim = firstClaim };
        await first.OpenAsync(default);
        await first.ApplyAsync(new ChangeBatch(), new Checkpoint(5, 2), default);
        var claim = new TargetClaim { Holder = "Drainer d2", IsStandby = true };
        await using var second = new SqliteTarget(file, 1) { Claim = claim };
        Task<Checkpoint?> opening = second.OpenAsync(default);
        await Eventually.HoldsAsync("the standby knows the active one", () => claim.Active is { Name: "Drainer d1", CommitTs: 5 }, TestContext.Current.CancellationToken);
        Assert.False(opening.IsCompleted);

        await first.DisposeAsync();

        Assert.Equal(new Checkpoint(5, 2), await opening);
        await second.DisposeAsync();
        await using var awake = new SqliteTarget(file, 1) { Claim = firstClaim };
        TargetException fenced = await Assert.ThrowsAsync<TargetException>(() => awake.OpenAsync(default));
        Assert.False(fenced.IsTransient);
        Assert.Contains("fenced by Drainer d2", fenced.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_CheckpointMovedBySomebodyElse_StopsBeforeWriting()
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        await fixture.ChangeAsync(Create(0, Table(41, "t", Column(1, "id", Int.Key()))));
        using (SqliteDatabase beside = SqliteDatabase.Open(fixture.File, SqliteOpenMode.ReadWrite, TimeSpan.FromSeconds(5)))
        {
            beside.Execute("UPDATE binlogd_checkpoint SET commit_ts = commit_ts + 1000");
        }

        var error = await Assert.ThrowsAsync<TargetException>(() => fixture.InsertAsync(41, 1));

        Assert.Contains("another process replicates cluster 1", error.Message, StringComparison.Ordinal);
        Assert.Empty(fixture.Query("SELECT * FROM \"db1.t\""));
    }

    [Fact]
    public async Task Open_FileThatIsNoDatabase_SaysSo()
    {
        string file = _folder.PathOf("t.db");
        await File.WriteAllTextAsync(file, new string('x', 5000), TestContext.Current.CancellationToken);
        await using var target = new SqliteTarget(file, 1);

        var error = await Assert.ThrowsAsync<TargetException>(() => target.OpenAsync(default));

        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.Contains("no SQLite database", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
        Assert.Equal(5000, new FileInfo(file).Length);
    }

    [Fact]
    public async Task Open_FolderMissingOrInPlaceOfTheFile_SaysWhatToDo()
    {
        await using var missing = new SqliteTarget(_folder.PathOf("none/t.db"), 1);
        Assert.Contains("does not exist", (await Assert.ThrowsAsync<TargetException>(() => missing.OpenAsync(default))).Message, StringComparison.Ordinal);

        Directory.CreateDirectory(_folder.PathOf("dir.db"));
        await using var folder = new SqliteTarget(_folder.PathOf("dir.db"), 1);
        Assert.Contains("drainer.downstream.file", (await Assert.ThrowsAsync<TargetException>(() => folder.OpenAsync(default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WriteProtectedFile_SaysSo()
    {
        string file = _folder.PathOf("t.db");
        await using (var target = new SqliteTarget(file, 1))
        {
            await target.OpenAsync(default);
        }

        File.SetAttributes(file, FileAttributes.ReadOnly);
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root writes to write-protected files");
        await using var again = new SqliteTarget(file, 1);
        Assert.Contains("drainer.downstream.file", (await Assert.ThrowsAsync<TargetException>(() => again.OpenAsync(default))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PRAGMA user_version = 7", "another program")]
    [InlineData("CREATE TABLE binlogd_checkpoint (x); PRAGMA user_version = 3", "format 3")]
    public async Task Open_FileOfAnotherProgramOrVersion_IsLeftAlone(string made, string reason)
    {
        string file = _folder.PathOf("t.db");
        using (SqliteDatabase other = SqliteDatabase.Open(file, SqliteOpenMode.ReadWriteCreate, TimeSpan.Zero))
        {
            foreach (string statement in made.Split(';'))
            {
                other.Execute(statement);
            }
        }

        await using var target = new SqliteTarget(file, 1);

        Assert.Contains(reason, (await Assert.ThrowsAsync<TargetException>(() => target.OpenAsync(default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_WhileAnotherProgramKeepsAWriteTransaction_IsTransient()
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        await fixture.Target.DisposeAsync();
        await using var impatient = new SqliteTarget(fixture.File, 1) { BusyTimeout = TimeSpan.FromMilliseconds(1) };
        await impatient.OpenAsync(default);
        using SqliteDatabase beside = SqliteDatabase.Open(fixture.File, SqliteOpenMode.ReadWrite, TimeSpan.Zero);
        beside.Execute("BEGIN IMMEDIATE");

        var error = await Assert.ThrowsAsync<TargetException>(() => impatient.ApplyAsync(new ChangeBatch(), new Checkpoint(500, 2), default));

        Assert.True(error.IsTransient);
        Assert.Contains("lock", error.Message, StringComparison.Ordinal);
        beside.Execute("ROLLBACK");
        await impatient.ApplyAsync(new ChangeBatch(), new Checkpoint(500, 2), default);
    }

    [Fact]
    public async Task Apply_Cancelled_KeepsNothing()
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => fixture.Target.ApplyAsync(new ChangeBatch(), new Checkpoint(500, 2), cancelled.Token));

        Assert.Equal(fixture.Checkpoint, await fixture.Target.OpenAsync(default));
    }

    [Fact]
    public async Task Apply_BeforeOpen_Throws()
    {
        await using var target = new SqliteTarget(_folder.PathOf("t.db"), 1);

        await Assert.ThrowsAsync<InvalidOperationException>(() => target.ApplyAsync(new ChangeBatch(), new Checkpoint(1, 1), default));
    }
}
