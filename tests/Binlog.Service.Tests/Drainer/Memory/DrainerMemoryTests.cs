using Binlog.Service.Drainer.Memory;

namespace Binlog.Service.Tests.Drainer.Memory;

public sealed class DrainerMemoryTests
{
    private const long MiB = 1 << 20;

    [Fact]
    public void Of_DefaultQuota_IsEnoughForTheDefaultWorkersAtFullGroups() =>
        Assert.Equal(new DrainerMemory(128 * MiB, 4 << 20, 1 << 20, 4 << 20, 4), DrainerMemory.Of(512 * MiB, 4));

    [Fact]
    public void Of_SmallestQuota_MakesGroupsSmaller() =>
        Assert.Equal(new DrainerMemory(16 * MiB, 1 << 20, 1 << 20, (4 << 20) / 6, 4), DrainerMemory.Of(64 * MiB, 4));

    [Fact]
    public void Of_ManyWorkersAndASmallQuota_TakesFewerGroups() =>
        Assert.Equal(new DrainerMemory(16 * MiB, 1 << 20, 1 << 20, 64 << 10, 62), DrainerMemory.Of(64 * MiB, 256));

    [Theory]
    [InlineData(64)]
    [InlineData(100)]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    public void Of_AnyQuotaAndWorkers_SharesAreNoMoreThanTheQuota(long mebibytes)
    {
        long quota = mebibytes * MiB;
        for (int workers = 1; workers <= 256; workers++)
        {
            DrainerMemory plan = DrainerMemory.Of(quota, workers);

            long applying = (long)(plan.ApplyGroups + DrainerMemory.OtherGroups) * plan.ApplyGroup * DrainerMemory.ApplyCost;
            long merge = plan.MergeBatch + (2L * plan.LargestInline) + MiB;
            Assert.InRange(applying, 1, quota / 2);
            Assert.InRange(plan.Sources, 1, quota / 4);
            Assert.InRange(merge, 1, quota / 16);
            Assert.InRange(plan.ApplyGroups, 1, workers);
        }
    }

    /// <summary>The table in docs/operations/memory.md.</summary>
    [Theory]
    [InlineData(64, 1, 8192, 1024)]
    [InlineData(64, 50, 327, 40)]
    [InlineData(512, 1, 8192, 1024)]
    [InlineData(512, 16, 8192, 1024)]
    [InlineData(512, 50, 2621, 327)]
    public void Budget_SourcesOfTheDocument_HaveThatPartAndInlineLimit(long mebibytes, int sources, long partKibibytes, int inlineKibibytes)
    {
        DrainerMemory plan = DrainerMemory.Of(mebibytes * MiB, 4);
        var budget = new SourceBudget(plan.Sources, plan.LargestInline);
        for (int source = 0; source < sources; source++)
        {
            budget.Join();
        }

        Assert.Equal((partKibibytes, inlineKibibytes), (budget.Part >> 10, budget.Inline >> 10));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(50)]
    [InlineData(1000)]
    public void Budget_AnyNumberOfSources_WhatIsReceivedBesideItIsAQuarterOfIt(int sources)
    {
        DrainerMemory plan = DrainerMemory.Of(64 * MiB, 4);
        var budget = new SourceBudget(plan.Sources, plan.LargestInline);
        SourceShare[] shares = [.. Enumerable.Range(0, sources).Select(_ => budget.Join())];

        Assert.InRange(budget.Part * sources, 1, plan.Sources);
        Assert.InRange(2L * budget.Inline * sources, 1, plan.Sources / 4);
        Array.ForEach(shares, share => share.Leave());
        Assert.Equal(new SourceBudget(plan.Sources, plan.LargestInline).Part, budget.Part);
    }
}
