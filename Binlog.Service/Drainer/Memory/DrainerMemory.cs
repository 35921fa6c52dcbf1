namespace Binlog.Service.Drainer.Memory;

/// <summary>How a Drainer divides its memory quota. What is left is for reading the relay log, the schema and the runtime. All in bytes.</summary>
/// <param name="Sources">Binlogs of all Pumps from their arrival until the merge has given them out.</param>
/// <param name="LargestInline">A binlog above this size lies in a file, whatever room there is.</param>
/// <param name="MergeBatch">A batch of the merge ends when it has as many bytes; the binlog that ends it may make it longer.</param>
/// <param name="ApplyGroup">Bytes of binlogs from which on no transaction joins a group.</param>
/// <param name="ApplyGroups">How many groups may be under way.</param>
internal sealed record DrainerMemory(long Sources, int LargestInline, int MergeBatch, int ApplyGroup, int ApplyGroups)
{
    /// <summary>What a byte of a binlog costs while it is applied: its rows, decoded, joined and written as statements.</summary>
    public const int ApplyCost = 8;

    /// <summary>Groups besides those that the workers have: one that is filled, and one that waits for a worker.</summary>
    public const int OtherGroups = 2;

    private const int LargestGroup = 4 << 20;
    private const int SmallestGroup = 64 << 10;
    private const int LargestBatch = 1 << 20;
    private const int LargestInlineBinlog = 4 << 20;

    /// <summary>Divides a quota.</summary>
    /// <param name="quota">64 MiB at least.</param>
    /// <param name="workers">How many groups are wanted under way.</param>
    public static DrainerMemory Of(long quota, int workers)
    {
        long groups = quota / 2 / ApplyCost;
        int affordable = (int)Math.Clamp((groups / SmallestGroup) - OtherGroups, 1, workers);
        return new DrainerMemory(
            quota / 4,
            (int)Math.Min(quota / 64, LargestInlineBinlog),
            (int)Math.Min(quota / 64, LargestBatch),
            (int)Math.Clamp(groups / (affordable + OtherGroups), SmallestGroup, LargestGroup),
            affordable);
    }
}
