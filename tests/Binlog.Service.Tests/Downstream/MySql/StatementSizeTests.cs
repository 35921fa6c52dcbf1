using System.Text;
using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Downstream.MySql.Rows;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>Statements of several rows stay within max_allowed_packet whenever each row does.</summary>
public sealed class StatementSizeTests(MySqlTestServer server) : IClassFixture<MySqlTestServer>
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly MySqlDialect MariaDb = new(MySqlServerKind.MariaDb, new Version(10, 11), new HashSet<string>());
    private static readonly TableSchema Keyed = Table("d", "t", Id(), Column(2, "v", VarChar(16_000)));
    private static readonly TableSchema Wide = Table("d", "t", Id(), Column(2, "v", Type(ColumnType.LongBlob, 4294967295)));

    [Theory]
    [InlineData(nameof(RowChangeKind.Insert))]
    [InlineData(nameof(RowChangeKind.Update))]
    public void TryNext_RowsOfAllLengths_EveryStatementIsWithinTheLimit(string kind)
    {
        const int Max = 2000;
        var random = new Random(3);
        ChangeBatch batch = new();
        for (int id = 1; id <= 300; id++)
        {
            // Quotes are written twice, so the length can't be told beforehand.
            string text = new(random.Next(2) == 0 ? '\'' : 'x', random.Next(900));
            _ = kind == nameof(RowChangeKind.Insert) ? batch.Insert(Keyed, id, text) : batch.Update(Keyed, [id, "old"], [id, text]);
        }

        new BatchCondenser().Condense(batch);
        List<(int Bytes, RowStatement Statement)> written = Write(batch, Max);

        Assert.All(written, statement => Assert.InRange(statement.Bytes, 1, Max));
        Assert.Equal(300, written.Sum(statement => statement.Statement.Rows));
        Assert.InRange(written.Count, 50, 299);
        int next = 0;
        foreach ((_, RowStatement statement) in written)
        {
            Assert.Equal(next, statement.FirstRow);
            next += statement.Rows;
        }
    }

    [Fact]
    public void TryNext_DeletesByLongKeys_StayWithinTheLimit()
    {
        TableSchema table = Schema("d", Info("t", Column(1, "k", Type(ColumnType.VarChar, 700, ColumnFlags.NotNull, "utf8mb4", "utf8mb4_bin"))) with { Indexes = [Index(1, "PRIMARY", true, "k") with { IsPrimary = true }] });
        ChangeBatch batch = new();
        for (int id = 0; id < 100; id++)
        {
            batch.Delete(table, new string('x', 300 + id));
        }

        List<(int Bytes, RowStatement Statement)> written = Write(batch, 2000);

        Assert.All(written, statement => Assert.InRange(statement.Bytes, 1, 2000));
        Assert.Equal(100, written.Sum(statement => statement.Statement.Rows));
        Assert.InRange(written.Count, 15, 50);
    }

    [Fact]
    public void TryNext_RowThatAloneIsTooLong_StandsAlone()
    {
        ChangeBatch batch = new ChangeBatch().Insert(Keyed, 1, "a").Insert(Keyed, 2, new string('x', 5000)).Insert(Keyed, 3, "b");

        Assert.Equal([1, 1, 1], Write(batch, 1000).Select(written => written.Statement.Rows));
    }

    /// <summary>The second row fits as the first does, but not behind it.</summary>
    [Fact]
    public async Task Apply_LastRowOfAStatementIsLong_BothRowsAreThere()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await look.ExecuteAsync("SET GLOBAL max_allowed_packet=1048576", Token);
        try
        {
            await using var target = new MySqlTarget(server.Options());
            await target.OpenAsync(Token);
            await target.MakeAsync(Wide);

            await target.ApplyAsync(new ChangeBatch().Insert(Wide, 1, new byte[100_000]).Insert(Wide, 2, new byte[500_000]), new Checkpoint(3, 2), Token);

            Assert.Equal(["1|100000", "2|500000"], await look.RowsAsync("SELECT id, LENGTH(v) FROM d.t ORDER BY id"));
        }
        finally
        {
            await look.ExecuteAsync("SET GLOBAL max_allowed_packet=268435456", Token);
        }
    }

    private static List<(int Bytes, RowStatement Statement)> Write(ChangeBatch batch, int maxBytes)
    {
        var writer = new RowStatementWriter(MariaDb, "x", new RowStatementLimits());
        var sql = new SqlBuffer();
        var written = new List<(int, RowStatement)>();
        writer.Start(batch, 0, batch.Rows.Length);
        while (writer.TryNext(sql, maxBytes, out RowStatement statement))
        {
            Assert.DoesNotContain(",,", Encoding.UTF8.GetString(sql.Written), StringComparison.Ordinal);
            written.Add((sql.Length, statement));
            sql.Clear();
        }

        return written;
    }
}
