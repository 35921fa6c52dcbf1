namespace Binlog.RelayLog.Tests.Support;

/// <summary>Reads a log as an inspection does.</summary>
internal static class InspectionDriver
{
    /// <summary>Checks that a reading of the log comes to the damage that a verification finds, in the order of the log, and to every intact record.</summary>
    /// <returns>The damage.</returns>
    public static async Task<IReadOnlyList<DamagedRange>> AgreesWithVerificationAsync(SegmentedLogOptions options)
    {
        LogVerification? verified = await LogVerifier.VerifyAsync(options, CancellationToken.None);
        List<InspectedItem> items = Read(options);
        DamagedRange[] damages = [.. items.Where(item => item.Kind == InspectedKind.Damage).Select(item => Comparable(item.Damage!))];

        Assert.Equal(verified?.Segments.SelectMany(segment => segment.Damages.OrderBy(damage => damage.From)).Select(Comparable) ?? [], damages);
        Assert.Equal(verified?.Segments.Aggregate(0UL, (sum, segment) => sum + segment.Records) ?? 0, (ulong)items.Count(item => item.Kind == InspectedKind.Record));
        Assert.Equal(items.Select(item => item.Position).Order(), items.Select(item => item.Position));
        return damages;
    }

    /// <summary>Everything that a reading comes to. The payloads are copies.</summary>
    public static List<InspectedItem> Read(SegmentedLogOptions options, ReadProgress? progress = null)
    {
        var items = new List<InspectedItem>();
        using InspectionReader? reader = LogInspector.TryOpenReader(options, progress ?? new ReadProgress(), skipPayloads: false, CancellationToken.None);
        while (reader is not null && reader.TryRead(out InspectedItem item, CancellationToken.None))
        {
            items.Add(item with { Payload = item.Payload.ToArray() });
        }

        return items;
    }

    /// <summary>The commit TS around a damage are told from all of the log, which a reading has not seen yet.</summary>
    private static DamagedRange Comparable(DamagedRange damage) => damage with { CommitTsBefore = 0, CommitTsAfter = 0 };
}
