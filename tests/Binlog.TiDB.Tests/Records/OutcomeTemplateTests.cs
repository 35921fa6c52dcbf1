using Binlog.TiDB.Records;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Tests.Records;

public sealed class OutcomeTemplateTests
{
    /// <summary>Every outcome that a real TiDB sent is what the template makes of its prewrite.</summary>
    [Fact]
    public void Outcomes_OfARealTiDB_AreMadeByteForByte()
    {
        var prewrites = new Dictionary<ulong, byte[]>();
        int commits = 0, rollbacks = 0;
        foreach (byte[] payload in Recording.Load().Payloads)
        {
            BinlogHeader header = BinlogHeader.Parse(payload);
            if (header.Type == BinlogType.Prewrite)
            {
                prewrites.Add(header.StartTs, payload);
                continue;
            }

            OutcomeTemplate template = OutcomeTemplate.Of(prewrites[header.StartTs], header.StartTs);
            bool isCommit = header.Type == BinlogType.Commit;
            Assert.Equal(payload, (isCommit ? template.Commit(header.CommitTs) : template.Rollback()).ToArray());
            (commits, rollbacks) = isCommit ? (commits + 1, rollbacks) : (commits, rollbacks + 1);
        }

        Assert.Equal((11_068, 82), (commits, rollbacks));
    }

    [Theory]
    [InlineData(1ul, 2ul, "0801" + "1001" + "1802")]
    [InlineData(127ul, 128ul, "0801" + "107f" + "188001")]
    [InlineData(1ul << 62, (1ul << 62) + 1, "0801" + "10808080808080808040" + "18818080808080808040")]
    [InlineData(ulong.MaxValue, ulong.MaxValue, "0801" + "10ffffffffffffffffff01" + "18ffffffffffffffffff01")]
    public void Commit_TimestampsOfAnyLength_AreInTheHead(ulong startTs, ulong commitTs, string head)
    {
        OutcomeTemplate template = OutcomeTemplate.Of(BinlogPayloads.Prewrite(startTs, "k"u8, "rows"u8), startTs);

        Assert.Equal(head + "22016b" + "3800", Convert.ToHexStringLower(template.Commit(commitTs).Span));
        Assert.Equal("0802" + head[4..^(head.Length - head.IndexOf("18", 4, StringComparison.Ordinal))] + "1800" + "22016b" + "3800", Convert.ToHexStringLower(template.Rollback().Span));
    }

    [Fact]
    public void Commit_OfADdlJob_KeepsItsFields()
    {
        byte[] prewrite = BinlogPayloads.DdlPrewrite(5, "DROP TABLE `t`", 77, SchemaState.None);

        BinlogHeader commit = BinlogHeader.Parse(OutcomeTemplate.Of(prewrite, 5).Commit(6).Span);

        Assert.Equal((BinlogType.Commit, 5ul, 6ul, 77L), (commit.Type, commit.StartTs, commit.CommitTs, commit.DdlJobId));
        Assert.Equal(prewrite.Length, OutcomeTemplate.Of(prewrite, 5).Commit(6).Length);
    }

    /// <summary>A field that this version doesn't know may be one that a Drainer does.</summary>
    [Fact]
    public void Commit_FieldsOfAnyNumber_StayInTheirOrder()
    {
        byte[] prewrite = [0x9a, 0x06, 1, 7, 0x2a, 2, 1, 1, 0x22, 1, (byte)'k', 8, 0, 16, 5];

        Assert.Equal([8, 1, 16, 5, 24, 6, 0x9a, 0x06, 1, 7, 0x22, 1, (byte)'k'], OutcomeTemplate.Of(prewrite, 5).Commit(6).ToArray());
    }

    [Fact]
    public void Of_NoProtobuf_Throws() => Assert.Throws<TiDBFormatException>(() => OutcomeTemplate.Of([0x2a, 100, 1], 5));
}
