using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Pump.Storage.Checkpointing;

namespace Binlog.Service.Tests.Pump.Storage;

public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void TryRead_WhatWasWritten_Same()
    {
        StoreCheckpoint written = Checkpoint();

        StoreCheckpoint? read = CheckpointCodec.TryRead(CheckpointCodec.Write(written), out string? problem);

        Assert.Null(problem);
        Assert.Equal((written.LogId, written.LastRecord, written.End, written.Sequence, written.Tag, written.Blocks), (read!.LogId, read.LastRecord, read.End, read.Sequence, read.Tag, read.Blocks));
        Assert.Equal(written.Gaps, read.Gaps);
        Assert.Equal(written.Unfinished.Select(entry => entry.Unpack()), read.Unfinished.Select(entry => entry.Unpack()));
        SorterState sorter = written.Sorter;
        Assert.Equal((sorter.MaxCommitTs, sorter.MaxSeenTs, sorter.RemovedUpTo, sorter.PassedCommitTs), (read.Sorter.MaxCommitTs, read.Sorter.MaxSeenTs, read.Sorter.RemovedUpTo, read.Sorter.PassedCommitTs));
        Assert.Equal(sorter.Undecided, read.Sorter.Undecided);
        Assert.Equal(sorter.EarlyCommits, read.Sorter.EarlyCommits);
        Assert.Equal(sorter.Pending, read.Sorter.Pending);
        Assert.Equal(sorter.RolledBack, read.Sorter.RolledBack);
    }

    [Fact]
    public void TryRead_AnyByteChangedOrMissing_Refused()
    {
        byte[] intact = CheckpointCodec.Write(Checkpoint());

        for (int offset = 0; offset < intact.Length; offset++)
        {
            byte[] changed = [.. intact];
            changed[offset] ^= 1;
            Assert.Null(CheckpointCodec.TryRead(changed, out string? problem));
            Assert.NotNull(problem);
            Assert.Null(CheckpointCodec.TryRead(intact[..offset], out problem));
            Assert.NotNull(problem);
        }
    }

    [Fact]
    public void Write_KilledAnywhere_TheOneBeforeOrTheNewOne()
    {
        StoreCheckpoint before = Checkpoint();
        bool isKilled = true;
        for (int change = 0; isKilled; change++)
        {
            var files = new KillPointFileSystem();
            string directory = _directory.Combine($"{change}");
            Directory.CreateDirectory(directory);
            var file = new CheckpointFile(files, directory);
            file.Write(before);
            files.KillAt(change);

            Exception? exception = Record.Exception(() => file.Write(before with { Sequence = 100 }));

            isKilled = files.IsKilled;
            Assert.Equal(isKilled, exception is not null);
            ulong sequence = new CheckpointFile(new KillPointFileSystem(), directory).TryRead(out string? problem)!.Sequence;
            Assert.Null(problem);
            Assert.Contains(sequence, new ulong[] { isKilled ? before.Sequence : 100, 100 });
        }
    }

    [Fact]
    public void Forbid_LaterWrites_DoNothing()
    {
        var file = new CheckpointFile(new KillPointFileSystem(), _directory.Path);
        file.Write(Checkpoint());

        file.Forbid();
        file.Write(Checkpoint());

        Assert.Null(file.TryRead(out string? problem));
        Assert.Null(problem);
    }

    private static StoreCheckpoint Checkpoint() => new()
    {
        LogId = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
        LastRecord = new LogPosition(3, 800),
        End = new LogPosition(3, 880),
        Sequence = 77,
        Tag = new RecordTag(2, 41, 43),
        Gaps = [new SegmentGaps(3, 1, 2)],
        Blocks = 9,
        Unfinished = [new PackedTransaction(Transaction(1)), new PackedTransaction(Transaction(2))],
        Sorter = new SorterState
        {
            MaxCommitTs = 1,
            MaxSeenTs = 2,
            RemovedUpTo = 3,
            PassedCommitTs = 4,
            Undecided = [new UndecidedPrewrite(5, new LogPosition(6, 8), 7), new UndecidedPrewrite(8, new LogPosition(9, 16), 0)],
            EarlyCommits = [new Arrival(PumpRecordKind.Commit, 10, 11, new LogPosition(12, 24))],
            Pending = [Transaction(3), Transaction(4)],
            RolledBack = [20, 19, 21],
        },
    };

    private static CommittedTransaction Transaction(ulong number) => new(100 + number, 50 + number, new LogPosition(1, 8 * (long)number), new LogPosition(2, 16 * (long)number));
}
