using System.Buffers;
using System.Text;
using System.Text.Json;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Tests;

/// <summary>All rows of the recording against what the real drainer made of them.</summary>
public sealed class RecordingTests
{
    private static readonly Lazy<Recording> Loaded = new(Recording.Load);
    private int _unconverted;

    [Fact]
    public void Decode_EveryRow_GivesDrainersArguments()
    {
        var rows = 0;
        var mismatches = new List<string>();
        foreach (var line in TestData.ReadRecordingLines("drainer_output.jsonl.gz"))
        {
            using var document = JsonDocument.Parse(line);
            if (!document.RootElement.TryGetProperty("dmls", out var statements) || statements.ValueKind != JsonValueKind.Array)
            {
                continue;
            }

            var commitTs = document.RootElement.GetProperty("commit_ts").GetUInt64();
            var payload = Loaded.Value.Committed[commitTs];
            var version = Loaded.Value.SchemaVersions[commitTs];
            var decoded = DecodedRow.ReadAll(payload, BinlogHeader.Parse(payload).PrewriteValue, id => Loaded.Value.DecoderOf(id, version));
            Assert.Equal(statements.GetArrayLength(), decoded.Count);
            foreach (var (statement, row) in statements.EnumerateArray().Zip(decoded))
            {
                rows++;
                if (Mismatch(statement, row) is { } difference)
                {
                    mismatches.Add($"{commitTs}: {difference}");
                }
            }
        }

        Assert.True(mismatches.Count == 0, $"{mismatches.Count} of {rows}: {string.Join('\n', mismatches.Take(10))}");
        Assert.Equal(20_093, rows);
        Assert.Equal(2, _unconverted);
    }

    [Fact]
    public void Write_EveryRow_GivesTiDBsBytes()
    {
        var rows = 0;
        foreach (var payload in Loaded.Value.Committed.Values)
        {
            var reader = new PrewriteValueReader(payload, BinlogHeader.Parse(payload).PrewriteValue);
            while (reader.TryReadTable(out var table))
            {
                while (table.TryReadNext(out var mutation))
                {
                    var golden = payload.AsSpan(mutation.Offset, mutation.Length);
                    Assert.True(golden.SequenceEqual(Rewrite(payload, mutation)), Convert.ToHexStringLower(golden));
                    rows++;
                }
            }
        }

        Assert.True(rows >= 20_093);
    }

    [Fact]
    public void Parse_EveryRecord_FindsItsFields()
    {
        var counts = Loaded.Value.Payloads.Select(payload => BinlogHeader.Parse(payload))
            .GroupBy(header => (header.Type, header.IsDdl)).ToDictionary(group => group.Key, group => group.Count());

        Assert.Equal(10_917, counts[(BinlogType.Prewrite, false)]);
        Assert.Equal(233, counts[(BinlogType.Prewrite, true)]);
        Assert.Equal(10_835, counts[(BinlogType.Commit, false)]);
        Assert.Equal(233, counts[(BinlogType.Commit, true)]);
        Assert.Equal(82, counts[(BinlogType.Rollback, false)]);
    }

    [Fact]
    public void Parse_EveryJob_FindsStatesAndTables()
    {
        var jobs = TestData.ReadRecordingLines("ddl_history_jobs.jsonl.gz").Select(line => DdlJob.Parse(Encoding.UTF8.GetBytes(line))).ToList();

        Assert.Equal(9, jobs.Count(job => !job.IsApplicable));
        Assert.All(jobs, job => Assert.True(Enum.IsDefined(job.Type) && job.Query.Length > 0));
        Assert.All(
            jobs.Where(job => job.IsApplicable),
            job => Assert.True(job.Binlog.SchemaVersion > 0 && (job.Binlog.TableInfo is not null || job.Binlog.DbInfo is not null)));
    }

    private static ReadOnlySpan<byte> Rewrite(byte[] payload, RowMutation mutation)
    {
        var writer = new ArrayBufferWriter<byte>();
        var row = new RowWriter(writer);
        var reader = new DatumReader(payload, mutation.Offset, mutation.Length);
        if (mutation.Kind == MutationType.Insert)
        {
            row.WriteHandle(reader.Read().AsInt64);
        }

        while (!reader.End)
        {
            var id = reader.Read();
            if (!id.IsNull)
            {
                row.Write(id.AsInt64, reader.Read(), payload);
            }
        }

        row.Complete();
        return writer.WrittenSpan;
    }

    // INSERT INTO `s`.`t`(`a`,`b`) VALUES(?,?) | UPDATE `s`.`t` SET `a` = ?, `b` = ? WHERE `a` = ? AND `b` IS NULL LIMIT 1 | DELETE FROM `s`.`t` WHERE ...
    private string? Mismatch(JsonElement statement, DecodedRow row)
    {
        var sql = statement.GetProperty("sql").GetString()!;
        var expected = statement.GetProperty("args").EnumerateArray().Select(DrainerArgument.FromJson).ToList();
        var actual = new List<DrainerArgument>();
        var where = sql.LastIndexOf(" WHERE ", StringComparison.Ordinal);
        foreach (var (name, position, isNull) in Columns(sql))
        {
            var values = position > where && row.Kind != MutationType.Insert ? row.OldValues : row.NewValues;
            if (!isNull)
            {
                actual.Add(values[name]);
            }
            else if (values[name].Type != "nil")
            {
                return $"{sql}: {name} is {values[name]}, not NULL";
            }
        }

        if (expected.Count != actual.Count)
        {
            return $"{sql}: {expected.Count} arguments, {actual.Count} found";
        }

        var index = expected.Zip(actual).ToList().FindIndex(pair => !pair.First.Means(pair.Second) && !IsUnconvertedDefault(pair.First, pair.Second));
        return index < 0 ? null : $"{sql}: argument {index} is {expected[index]}, decoded {actual[index]}";
    }

    // Updates of the recording lack a column that is just being added twice; drainer then hands on the default's text instead of a number.
    private bool IsUnconvertedDefault(DrainerArgument expected, DrainerArgument actual)
    {
        var unconverted = (expected.Type, actual.Type) == ("string", "int64") && expected.Value == actual.Value;
        _unconverted += unconverted ? 1 : 0;
        return unconverted;
    }

    private static IEnumerable<(string Name, int Position, bool IsNull)> Columns(string sql)
    {
        var names = 0;
        for (var at = 0; at < sql.Length; at++)
        {
            if (sql[at] != '`')
            {
                continue;
            }

            var name = new StringBuilder();
            for (at++; sql[at] != '`' || (at + 1 < sql.Length && sql[at + 1] == '`'); at++)
            {
                at += sql[at] == '`' ? 1 : 0;
                name.Append(sql[at]);
            }

            if (++names > 2)
            {
                yield return (name.ToString(), at, sql.AsSpan(at + 1).StartsWith(" IS NULL", StringComparison.Ordinal));
            }
        }
    }
}
