using Binlog.Cluster.Contracts.TiKv;

namespace Binlog.Cluster.TiKv;

/// <summary>A store's refusal, judged.</summary>
/// <param name="Remedy">What to do before the next attempt.</param>
/// <param name="Pace">How long to wait before it.</param>
/// <param name="Asked">How long the store asks to be left alone; zero when it doesn't.</param>
/// <param name="Text">What it is, for messages.</param>
/// <remarks>Source of the remedies: tikv/client-go, internal/locate/region_request.go, onRegionError.</remarks>
internal readonly record struct RegionRefusal(RegionRemedy Remedy, BackoffKind Pace, TimeSpan Asked, string Text)
{
    /// <summary>Judges a region error.</summary>
    public static RegionRefusal Of(Error error) => error switch
    {
        { NotLeader: { } notLeader } => new(
            RegionRemedy.FollowLeader,
            notLeader.Leader is null ? BackoffKind.Election : BackoffKind.Region,
            TimeSpan.Zero,
            notLeader.Leader is { } leader ? $"not the leader; peer {leader.Id} on store {leader.StoreId} is" : "not the leader, and there is none at present"),
        { EpochNotMatch: { } epoch } => Of(RegionRemedy.ReplaceRegion, BackoffKind.Region, $"the region has changed ({epoch.CurrentRegions.Count} now)"),
        { RegionNotFound: not null } => Of(RegionRemedy.ForgetRegion, BackoffKind.Region, "the store has no such region"),
        { KeyNotInRegion: not null } => Of(RegionRemedy.ForgetRegion, BackoffKind.Region, "the key is not in the region"),
        { StoreNotMatch: { } store } => Of(RegionRemedy.ForgetStore, BackoffKind.Region, $"the address belongs to store {store.ActualStoreId}"),
        { MismatchPeerId: { } peer } => Of(RegionRemedy.ForgetRegion, BackoffKind.Region, $"the store's peer is {peer.StorePeerId}"),
        { ServerIsBusy: { } busy } => new(RegionRemedy.Wait, BackoffKind.Busy, TimeSpan.FromMilliseconds(Math.Min(busy.BackoffMs, 60_000)), $"the store is busy ({busy.Reason})"),
        { DiskFull: { } disk } => Of(RegionRemedy.Wait, BackoffKind.Busy, $"the store's disk is full ({disk.Reason})"),
        { StaleCommand: not null } => Of(RegionRemedy.Wait, BackoffKind.Region, "the request's term is over"),
        { MaxTimestampNotSynced: not null } => Of(RegionRemedy.Wait, BackoffKind.Election, "the new leader has no timestamp from PD yet"),
        { ReadIndexNotReady: { } index } => Of(RegionRemedy.Wait, BackoffKind.Election, $"the region is not ready to be read ({index.Reason})"),
        { ProposalInMergingMode: not null } => Of(RegionRemedy.Wait, BackoffKind.Election, "the region is being merged"),
        { RecoveryInProgress: not null } => Of(RegionRemedy.Wait, BackoffKind.Election, "the region is being recovered"),
        { DataIsNotReady: not null } => Of(RegionRemedy.TryNextPeer, BackoffKind.Election, "the peer's data is not ready"),
        { RegionNotInitialized: not null } => Of(RegionRemedy.TryNextPeer, BackoffKind.Election, "the peer is not initialised"),
        { IsWitness: not null } => Of(RegionRemedy.TryNextPeer, BackoffKind.Region, "the peer is a witness"),
        { UndeterminedResult: { } result } => Of(RegionRemedy.Wait, BackoffKind.Election, $"the result is undetermined ({result.Message})"),
        { BucketVersionNotMatch: not null } => Of(RegionRemedy.ForgetRegion, BackoffKind.Region, "the region's buckets have changed"),
        { RaftEntryTooLarge: { } entry } => Of(RegionRemedy.GiveUp, BackoffKind.Region, $"the request makes a raft entry of {entry.EntrySize} bytes, which is too large"),
        { FlashbackInProgress: not null } => Of(RegionRemedy.GiveUp, BackoffKind.Region, "the region is being flashed back to an earlier time; try again when FLASHBACK CLUSTER is over"),
        { FlashbackNotPrepared: not null } => Of(RegionRemedy.GiveUp, BackoffKind.Region, "a flashback of the region was not prepared"),
        _ => Of(RegionRemedy.ForgetRegion, BackoffKind.Election, "an error of a kind that isn't known here"),
    } is var refusal && error.Message.Length > 0 ? refusal with { Text = $"{refusal.Text}: {error.Message}" } : refusal;

    private static RegionRefusal Of(RegionRemedy remedy, BackoffKind pace, string text) => new(remedy, pace, TimeSpan.Zero, text);
}
