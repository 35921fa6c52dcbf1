using Binlog.RelayLog.Reading;
using Binlog.RelayLog.Recovery;

namespace Binlog.RelayLog.Tests.Recovery;

public sealed class TailClassifierTests
{
    [Theory]
    [InlineData(false, 0, 0, 0, "Clean")]
    [InlineData(true, 0, 0, 0, "TornTail")]
    [InlineData(true, 0, 0, 900, "TornTail")]
    [InlineData(true, 2, 10, 0, "TornTail")]
    [InlineData(true, 2, 9, 0, "TornTail")]
    [InlineData(true, 2, 11, 0, "Corrupt")]
    [InlineData(true, 2, 10, 500, "TornTail")]
    [InlineData(true, 2, 10, 501, "Corrupt")]
    public void Classify_Findings_GiveTheVerdict(bool damaged, int after, ulong latestGroupStart, long closeEnd, string verdict)
    {
        RecordDamage? damage = damaged ? new RecordDamage(500, "a", "b") : null;

        TailVerdict actual = TailClassifier.Classify(new TailFindings(1000, 500, 10, damage, after, latestGroupStart, closeEnd));

        Assert.Equal(verdict, actual.ToString());
    }
}
