using System.Text;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Translating;
using Binlog.Service.Tests.Drainer.Schema;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Drainer.Schema.Definitions;

namespace Binlog.Service.Tests.Drainer.Translating;

public sealed class TransactionTranslatorTests
{
    private static readonly TableInfo Basic = Table(41, "t", Column(1, "id", Int.Key()), Column(2, "a", Int));

    private readonly FakeSchemaHistory _history = new(CreateDatabase(1, Db1, "db1"), CreateDatabase(2, Db2, "db2"), Create(3, Basic));
    private readonly ChangeBatch _batch = new();
    private readonly TransactionTranslator _translator;

    public TransactionTranslatorTests() => _translator = new TransactionTranslator(new SchemaTracker(), _history);

    [Fact]
    public async Task Translate_NewerSchemaVersion_CatchesUpFirst()
    {
        await _translator.TranslateAsync(new BinlogBuilder(3).Table(41).Insert(7, null, 8).Commit(100), _batch, default);

        Assert.Equal(3, _translator.Tracker.Version);
        RowChange row = Assert.Single(_batch.Rows.ToArray());
        Assert.Equal((RowChangeKind.Insert, 100UL, "t"), (row.Kind, row.CommitTs, row.Table.TableName));
        Assert.Equal([7L, 8L], _batch.New(row).ToArray().Select(value => value.AsInt64));
    }

    [Fact]
    public async Task Translate_SeveralTransactions_AppendsInOrder()
    {
        await _translator.TranslateAsync(new BinlogBuilder(3).Table(41).Insert(1, null, 1).Update([1, 1], [1, 2]).Delete(1, 2).Commit(100), _batch, default);
        await _translator.TranslateAsync(new BinlogBuilder(3).Commit(101), _batch, default);
        await _translator.TranslateAsync(new BinlogBuilder(3).Table(41).Insert(2, null, 5).Commit(102), _batch, default);

        Assert.Equal(3, _batch.Transactions);
        Assert.Equal(
            [(RowChangeKind.Insert, 100UL), (RowChangeKind.Update, 100UL), (RowChangeKind.Delete, 100UL), (RowChangeKind.Insert, 102UL)],
            _batch.Rows.ToArray().Select(row => (row.Kind, row.CommitTs)));
        Assert.Equal([1L, 2L], _batch.New(_batch.Rows[1]).ToArray().Select(value => value.AsInt64));
        Assert.Equal([1L, 2L], _batch.Old(_batch.Rows[2]).ToArray().Select(value => value.AsInt64));
    }

    [Fact]
    public async Task Translate_UnknownTable_NamesCommitTsTableAndVersion()
    {
        var error = await Assert.ThrowsAsync<TranslationException>(async () =>
            await _translator.TranslateAsync(new BinlogBuilder(3).Table(77).Insert(1, null, 1).Commit(100), _batch, default));

        Assert.Equal((100UL, 77L, 3L), (error.CommitTs, error.TableId, error.SchemaVersion));
        Assert.Contains("drainer.schemaHistory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Translate_RowsOfDroppedTable_AreLeftOutAndCounted()
    {
        _history.Jobs.Add(Job(5, DdlActionType.DropTable, Db1, 41, Basic));
        await _translator.Tracker.CatchUpAsync(_history, 5, default);

        await _translator.TranslateAsync(new BinlogBuilder(4).Table(41).Insert(1, null, 1).Insert(2, null, 1).Commit(100), _batch, default);

        Assert.Empty(_batch.Rows.ToArray());
        Assert.Equal(1, _batch.Transactions);
        Assert.Equal(2, _translator.RowsOfDroppedTables);
    }

    [Fact]
    public async Task Translate_SystemTables_AreLeftOut()
    {
        _history.Jobs.Add(Create(4, Basic with { Id = 6, Name = "user" }, SystemSchemas.MySqlId));

        await _translator.TranslateAsync(
            new BinlogBuilder(4).Table(6).Insert(1, null, 1).Table(0xFFFFFFFFFFFF).Insert(1, null, 1).Table(41).Insert(1, null, 1).Commit(100), _batch, default);

        Assert.Equal("t", Assert.Single(_batch.Rows.ToArray()).Table.TableName);
    }

    [Fact]
    public async Task Translate_InsertWithoutColumns_FillsInDefaults()
    {
        _history.Jobs.Add(Job(5, DdlActionType.AddColumn, Db1, 41, Table(
            41, "t", Column(1, "id", Int.Key()), Column(2, "a", Int, "42"), Column(3, "s", VarChar(10).Required(), "né"), Column(4, "n", Int), Column(5, "z", Decimal(6, 2).Required()),
            Column(6, "e", Enum("x", "y").Required()), Virtual(7, "v", Int, "`a` + 1"))));

        await _translator.TranslateAsync(new BinlogBuilder(5).Table(41).Insert(1).Insert(2, null, 1, "own").Commit(100), _batch, default);

        Datum[] first = _batch.New(_batch.Rows[0]).ToArray();
        Assert.Equal((1L, 42L), (first[0].AsInt64, first[1].AsInt64));
        Assert.Equal("né", Encoding.UTF8.GetString(first[2].PayloadOf(_batch.Source)));
        Assert.True(first[3].IsNull);
        Assert.Equal(DatumKind.Decimal, first[4].Kind);
        Assert.Equal(1UL, first[5].AsUInt64);
        Assert.True(first[6].IsMissing);
        Assert.Equal("own", Encoding.UTF8.GetString(_batch.New(_batch.Rows[1])[2].PayloadOf(_batch.Source)));
    }

    [Fact]
    public async Task Translate_UpdateFromBeforeAddColumn_HasTheOriginDefaultInBothHalves()
    {
        _history.Jobs.Add(Job(9, DdlActionType.AddColumn, Db1, 41, Table(41, "t", Column(1, "id", Int.Key()), Column(2, "a", Int), Column(3, "b", Int, "5"))));
        await _translator.Tracker.CatchUpAsync(_history, 9, default);

        await _translator.TranslateAsync(new BinlogBuilder(8).Table(41).Update([1, 1], [1, 2]).Delete(1, 2).Commit(100), _batch, default);

        Assert.Equal([1L, 1, 5], _batch.Old(_batch.Rows[0]).ToArray().Select(value => value.AsInt64));
        Assert.Equal([1L, 2, 5], _batch.New(_batch.Rows[0]).ToArray().Select(value => value.AsInt64));
        Assert.Equal([1L, 2, 5], _batch.Old(_batch.Rows[1]).ToArray().Select(value => value.AsInt64));
    }

    [Fact]
    public async Task Translate_UpdateWithoutColumnForNoReason_Throws()
    {
        var error = await Assert.ThrowsAsync<TranslationException>(async () =>
            await _translator.TranslateAsync(new BinlogBuilder(3).Table(41).Update([1], [1]).Commit(100), _batch, default));

        Assert.Equal((100UL, 41L), (error.CommitTs, error.TableId));
        Assert.Contains("lacks columns", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Translate_UpdateWithoutColumnAfterDropColumnAnnounced_LeavesTheOldValueUnknown()
    {
        DdlJob job = Job(9, DdlActionType.DropColumn, Db1, 41, Table(41, "t", Column(1, "id", Int.Key())));
        await _translator.Tracker.CatchUpAsync(_history, 3, default);
        Assert.Null(await _translator.TranslateDdlAsync(BinlogBuilder.Ddl(90, job, "alter table t drop column a", (int)SchemaState.DeleteOnly), job, default));
        Assert.True(_translator.Tracker.IsDroppingColumn(41));

        await _translator.TranslateAsync(new BinlogBuilder(7).Table(41).Update([1], [1]).Commit(100), _batch, default);

        Assert.True(_batch.Old(_batch.Rows[0])[1].IsMissing);
        Assert.True(_batch.New(_batch.Rows[0])[1].IsNull);
        SchemaChange change = (await _translator.TranslateDdlAsync(BinlogBuilder.Ddl(110, job, "alter table t drop column a"), job, default))!;
        Assert.Single(change.After!.Columns);
        Assert.False(_translator.Tracker.IsDroppingColumn(41));
    }

    [Fact]
    public async Task Translate_UpdateWithoutColumnWhileHistoryKnowsTheDrop_IsAccepted()
    {
        _history.Jobs.Add(Job(9, DdlActionType.MultiSchemaChange, Db1, 41, Table(41, "t", Column(1, "id", Int.Key()))));

        await _translator.TranslateAsync(new BinlogBuilder(7).Table(41).Update([1], [1]).Commit(100), _batch, default);

        Assert.Single(_batch.Rows.ToArray());
        Assert.True(_translator.Tracker.IsDroppingColumn(41));
    }

    [Fact]
    public async Task TranslateDdl_JobsOfEveryFate_GiveAChangeOrNothing()
    {
        await _translator.Tracker.CatchUpAsync(_history, 3, default);
        DdlJob add = Job(9, DdlActionType.AddColumn, Db1, 41, Basic with { Name = "t", Columns = [.. Basic.Columns, Column(3, "b", Int) with { Offset = 2 }] });

        SchemaChange change = (await _translator.TranslateDdlAsync(BinlogBuilder.Ddl(100, add, "alter table t add b int"), add, default))!;

        Assert.Equal((100UL, "alter table t add b int", "db1"), (change.CommitTs, change.Query, change.SchemaName));
        Assert.Equal((2, 3), (change.Before!.Columns.Length, change.After!.Columns.Length));
        Assert.Null(await TranslateAsync(Job(12, DdlActionType.AddIndex, Db1, 41, Basic) with { State = DdlJobState.RollbackDone }));
        Assert.Null(await TranslateAsync(Job(13, DdlActionType.LockTable, Db1, 41, Basic)));
        Assert.Null(await TranslateAsync(Create(14, Basic with { Id = 6, Name = "user" }, SystemSchemas.MySqlId)));
        Assert.Null(await TranslateAsync(Create(15, Basic with { Id = 0xFFFFFFFFFFFF }, SystemSchemas.MySqlId)));
        Assert.Equal(15, _translator.Tracker.Version);
        Assert.Equal("CreateTable u", (await _translator.TranslateDdlAsync(BinlogBuilder.Ddl(101, Create(16, Basic), ""), Create(16, Basic with { Id = 44, Name = "u" }), default))!.Query);

        async Task<SchemaChange?> TranslateAsync(DdlJob job) => await _translator.TranslateDdlAsync(BinlogBuilder.Ddl(100, job, "x"), job, default);
    }

    [Fact]
    public async Task TranslateDdl_JobAppliedAlready_GivesTheSameChangeAndLeavesTheTracker()
    {
        DdlJob add = Job(9, DdlActionType.AddColumn, Db1, 41, Basic with { Columns = [.. Basic.Columns, Column(3, "b", Int) with { Offset = 2 }] });
        DdlJob rename = Job(12, DdlActionType.RenameTable, Db2, 41, add.Binlog.TableInfo! with { Name = "u" });
        _history.Jobs.AddRange([add, rename]);
        await _translator.Tracker.CatchUpAsync(_history, 12, default);

        SchemaChange change = (await _translator.TranslateDdlAsync(BinlogBuilder.Ddl(100, add, "x"), add, default))!;

        Assert.Equal(("`db1`.`t`", 2, "`db1`.`t`", 3), (change.Before!.ToString(), change.Before.Columns.Length, change.After!.ToString(), change.After.Columns.Length));
        Assert.Equal("`db2`.`u`", _translator.Tracker.Find(41)!.ToString());
        Assert.Equal(12, _translator.Tracker.Version);
    }

    [Fact]
    public async Task TranslateDdl_SequenceValue_NeedsNoJob()
    {
        ReadOnlyMemory<byte> payload = BinlogBuilder.Ddl(100, Job(9, DdlActionType.None, 0, 0), " Select SetVal(`db1`.`s`, 5)");

        Assert.True(TransactionTranslator.IsSequenceValue(payload.Span, BinlogHeader.Parse(payload.Span)));
        Assert.Null(await _translator.TranslateDdlAsync(payload, null, default));
        await Assert.ThrowsAsync<ArgumentException>(() => _translator.TranslateDdlAsync(BinlogBuilder.Ddl(100, Create(9, Basic), "create"), Create(10, Basic), default));
    }

    [Fact]
    public async Task Translate_CutOrFlippedBytes_ThrowsNothingElse()
    {
        ReadOnlyMemory<byte> payload = new BinlogBuilder(3).Table(41).Insert(7, null, 8).Update([7, 8], [7, 9]).Delete(7, 9).Commit(100);
        await _translator.Tracker.CatchUpAsync(_history, 3, default);
        int failures = 0;
        for (int position = 0; position < payload.Length; position++)
        {
            failures += await FailsAsync(payload[..position]) ? 1 : 0;
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] flipped = payload.ToArray();
                flipped[position] ^= (byte)(1 << bit);
                failures += await FailsAsync(flipped) ? 1 : 0;
            }
        }

        Assert.True(failures > payload.Length);
    }

    [Fact]
    public async Task Translate_DamagedRow_NamesCommitTsTableRowAndOffset()
    {
        byte[] payload = new BinlogBuilder(3).Table(41).Insert(7, null, 8).Insert(8, null, 9).Commit(100).ToArray();
        int row = payload.AsSpan().LastIndexOf(new byte[] { 8, 16, 8, 4, 8, 18 });
        payload[row] = 0x7f;

        var error = await Assert.ThrowsAsync<TranslationException>(async () => await _translator.TranslateAsync(payload, _batch, default));

        Assert.Equal((100UL, 41L), (error.CommitTs, error.TableId));
        Assert.Contains("row 2 of its changes to table 41", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Translate_ManyRowsIntoWarmBatch_AllocatesNothing()
    {
        var builder = new BinlogBuilder(3).Table(41);
        for (int row = 0; row < 1000; row++)
        {
            builder.Insert(row, null, row).Update([row, row], [row, row + 1]).Delete(row, row + 1);
        }

        ReadOnlyMemory<byte> payload = builder.Commit(100);
        for (int warm = 0; warm < 3; warm++)
        {
            _batch.Clear();
            await _translator.TranslateAsync(payload, _batch, default);
        }

        _batch.Clear();
        long before = GC.GetAllocatedBytesForCurrentThread();
        ValueTask translation = _translator.TranslateAsync(payload, _batch, default);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(translation.IsCompletedSuccessfully);
        Assert.Equal(3000, _batch.Rows.Length);
        Assert.Equal(0, allocated);
    }

    private async Task<bool> FailsAsync(ReadOnlyMemory<byte> payload)
    {
        _batch.Clear();
        try
        {
            await _translator.TranslateAsync(payload, _batch, default);
            return false;
        }
        catch (TranslationException)
        {
            return true;
        }
    }
}
