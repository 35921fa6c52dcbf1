using System.Text;
using System.Text.Json;
using Binlog.TiDB.Keys;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Tests.Keys;

public sealed class MetaKeyTests
{
    public static IEnumerable<string> Lines =>
        TestData.ReadVectorLines("tikv_meta_kvs.jsonl").Concat(TestData.ReadRecordingLines("tikv_meta_kvs.jsonl.gz"));

    [Fact]
    public void Parse_EveryStoredKey_EncodesBackToTheSameBytes()
    {
        var count = 0;
        foreach (var line in Lines)
        {
            using var document = JsonDocument.Parse(line);
            var raw = Convert.FromHexString(document.RootElement.GetProperty("key_hex").GetString()!);

            var key = MetaKey.Parse(raw);

            var encoded = key.Kind switch
            {
                MetaKeyKind.StringData => MetaKey.ForString(key.Name),
                MetaKeyKind.HashMeta => MetaKey.ForHashMeta(key.Name),
                MetaKeyKind.HashData => MetaKey.ForHashField(key.Name, key.Field.Span),
                MetaKeyKind.ListMeta => MetaKey.ForListMeta(key.Name),
                _ => MetaKey.ForListElement(key.Name, key.Index),
            };
            Assert.Equal(Convert.ToHexStringLower(raw), Convert.ToHexStringLower(encoded));
            count++;
        }

        Assert.True(count > 269);
    }

    [Fact]
    public void Parse_DdlHistory_HoldsTheJobsOfTheirKeys()
    {
        var jobs = 0;
        var prefix = MetaKey.HashPrefix(MetaKey.DdlJobHistory);
        foreach (var line in Lines)
        {
            using var document = JsonDocument.Parse(line);
            var raw = Convert.FromHexString(document.RootElement.GetProperty("key_hex").GetString()!);
            var key = MetaKey.Parse(raw);
            Assert.Equal(key.IsDdlHistoryJob, raw.AsSpan().StartsWith(prefix));
            if (key.IsDdlHistoryJob)
            {
                var job = DdlJob.Parse(Encoding.UTF8.GetBytes(document.RootElement.GetProperty("value_text").GetString()!));
                Assert.Equal(key.JobId, job.Id);
                Assert.Equal(raw, MetaKey.ForDdlJob(job.Id));
                jobs++;
            }
        }

        Assert.True(jobs > 100);
    }

    [Fact]
    public void Parse_Databases_HoldTheirTables()
    {
        var (databases, tables) = (0, 0);
        foreach (var line in Lines)
        {
            using var document = JsonDocument.Parse(line);
            var raw = Convert.FromHexString(document.RootElement.GetProperty("key_hex").GetString()!);
            var key = MetaKey.Parse(raw);
            if (key.Kind != MetaKeyKind.HashData)
            {
                continue;
            }

            var value = Encoding.UTF8.GetBytes(document.RootElement.GetProperty("value_text").GetString()!);
            if (key.Name == MetaKey.Databases)
            {
                Assert.Equal(raw, MetaKey.ForDatabase(DbInfo.Parse(value).Id));
                databases++;
            }
            else if (Encoding.ASCII.GetString(key.Field.Span).StartsWith("Table:", StringComparison.Ordinal))
            {
                var databaseId = long.Parse(key.Name.AsSpan(3), System.Globalization.CultureInfo.InvariantCulture);
                Assert.Equal(raw, MetaKey.ForTable(databaseId, TableInfo.Parse(value).Id));
                tables++;
            }
        }

        Assert.True(databases > 4 && tables > 30);
    }

    [Fact]
    public void ForListElement_AnyIndex_ReadsBack()
    {
        var key = MetaKey.Parse(MetaKey.ForListElement("DDLJobList", -3));

        Assert.Equal((MetaKeyKind.ListData, "DDLJobList", -3L), (key.Kind, key.Name, key.Index));
    }

    [Fact]
    public void ForDdlJob_KnownId_GivesTheKeyInTiKV() => Assert.Equal(
        "6d44444c4a6f624869ff73746f7279000000fc0000000000000068000000000000002aff0000000000000000f7",
        Convert.ToHexStringLower(MetaKey.ForDdlJob(42)));
}
