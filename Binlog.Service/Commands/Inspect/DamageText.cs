using System.Globalization;
using Binlog.RelayLog;

namespace Binlog.Service.Commands.Inspect;

/// <summary>Says what is damaged.</summary>
internal static class DamageText
{
    /// <summary>Lines about one damaged place.</summary>
    public static IEnumerable<string> Lines(DamagedRange damage)
    {
        string file = damage.File;
        switch (damage.Kind)
        {
            case DamageKind.Header:
                yield return $"{file}: the segment's header (bytes 0 to 127) is damaged";
                break;
            case DamageKind.MissingSegment:
                yield return $"{file}: the segment is missing";
                break;
            case DamageKind.Padding:
                yield return Invariant($"{file}: bytes {damage.From} to {damage.To - 1} between two records; no record is lost");
                break;
            default:
                yield return Invariant($"{file}: bytes {damage.From} to {damage.To - 1} ({damage.To - damage.From} bytes), {Lost(damage)}");
                yield return $"  commit TS around it: {TsText.Full(damage.CommitTsBefore)} to {TsText.Full(damage.CommitTsAfter)}";
                break;
        }

        yield return $"  expected {damage.Expected}, found {damage.Found}";
    }

    /// <summary>What happens to the end that a relay log has lost.</summary>
    public static string OfMissingEnd(IReadOnlyList<DamagedRange> damages)
    {
        ulong before = damages.Max(damage => damage.CommitTsBefore);
        return $"The end of this relay log is missing. That needs no repair: the next start asks the Pumps again for what comes after the last record that is left{(before > 0 ? $", commit TS {TsText.Full(before)}" : "")}.";
    }

    /// <summary>"2 records, sequence 5 to 6".</summary>
    public static string Lost(DamagedRange damage) => damage.LostRecords switch
    {
        0 => "no record",
        1 => Invariant($"{AtLeast(damage.IsMinimum)}1 record, sequence {damage.FirstSequence}"),
        var lost => Invariant($"{AtLeast(damage.IsMinimum)}{lost} records, sequence {damage.FirstSequence} to {damage.FirstSequence + lost - 1}"),
    };

    /// <summary>"at least " or nothing.</summary>
    public static string AtLeast(bool isMinimum) => isMinimum ? "at least " : "";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
