using System.Buffers;
using Binlog.Cluster.Connecting;
using Binlog.Cluster.Contracts.Meta;
using Binlog.Cluster.Contracts.TiKv;
using Binlog.TiDB.Codec;
using Google.Protobuf;
using Grpc.Core;

namespace Binlog.Cluster.TiKv;

/// <summary>Sends a request to the store that leads the region of a key, wherever that turns out to be. Thread-safe.</summary>
/// <param name="regions">What is known about regions.</param>
/// <param name="channels">Channels to the stores.</param>
/// <param name="time">Clock.</param>
internal sealed class RegionSender(RegionCache regions, ServerChannels channels, TimeProvider time)
{
    /// <summary>Sends until a store answers without a region error.</summary>
    /// <param name="call">The method.</param>
    /// <param name="key">The raw key whose region is meant.</param>
    /// <param name="request">The request; its context is replaced.</param>
    /// <param name="context">What the context is to have besides region, epoch and peer.</param>
    /// <param name="attempts">Bounds the attempts.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    /// <returns>The answer, and the region as the store knows it.</returns>
    /// <exception cref="ClusterException">The time is over, or a store or PD refuses for good.</exception>
    public async ValueTask<(TResponse Response, CachedRegion Region)> SendAsync<TRequest, TResponse>(
        RegionCall<TRequest, TResponse> call, ReadOnlyMemory<byte> key, TRequest request, Context context, Attempts attempts, CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse>
    {
        byte[] comparable = ToComparable(key.Span);
        while (true)
        {
            if (await LocateAsync(comparable, attempts, cancellationToken).ConfigureAwait(false) is not var (region, address))
            {
                continue;
            }

            call.SetContext(request, ContextOf(region.Region, region.Target, context));
            TResponse response;
            try
            {
                var client = new Tikv.TikvClient(channels.Get(address));
                var options = new CallOptions(deadline: (time.GetUtcNow() + attempts.CallLimit).UtcDateTime, cancellationToken: cancellationToken);
                using AsyncUnaryCall<TResponse> running = call.Start(client, request, options);
                response = await running.ResponseAsync.ConfigureAwait(false);
            }
            catch (RpcException exception)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await MoveOnAsync(call.Name, region, address, exception, attempts, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (call.RegionErrorOf(response) is not { } error)
            {
                return (response, region);
            }

            await FollowAsync($"{call.Name} to {region} at {address}", region, error, attempts, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A raw key in the form in which PD and regions' bounds have it.</summary>
    public static byte[] ToComparable(ReadOnlySpan<byte> key)
    {
        var writer = new ArrayBufferWriter<byte>(((key.Length / 8) + 1) * 9);
        ComparableCodec.WriteBytes(writer, key);
        return writer.WrittenSpan.ToArray();
    }

    private static Context ContextOf(Region region, Peer peer, Context template)
    {
        Context context = template.Clone();
        context.RegionId = region.Id;
        context.RegionEpoch = region.RegionEpoch;
        context.Peer = peer;
        return context;
    }

    private async ValueTask<(CachedRegion Region, string Address)?> LocateAsync(byte[] key, Attempts attempts, CancellationToken cancellationToken)
    {
        string problem;
        try
        {
            if (await regions.FindAsync(key, cancellationToken).ConfigureAwait(false) is not { } region)
            {
                problem = "PD knows no region with a peer for the key";
            }
            else if (await regions.FindAddressAsync(region.Target.StoreId, cancellationToken).ConfigureAwait(false) is { } address)
            {
                return (region, address);
            }
            else
            {
                regions.MoveOn(region);
                problem = $"{region}: PD knows no such store any more";
            }
        }
        catch (ClusterException exception) when (exception.IsTransient)
        {
            problem = $"PD can't say where the key is: {exception.Message}";
        }

        await attempts.WaitAsync(BackoffKind.Connection, problem, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private async ValueTask MoveOnAsync(string call, CachedRegion region, string address, RpcException exception, Attempts attempts, CancellationToken cancellationToken)
    {
        string problem = $"{call} to {region} at {address}: {exception.StatusCode}, {exception.Status.Detail}";
        if (exception.StatusCode is StatusCode.Unimplemented or StatusCode.Unauthenticated or StatusCode.PermissionDenied or StatusCode.InvalidArgument)
        {
            throw attempts.Refused(problem, exception);
        }

        regions.ForgetStore(region.Target.StoreId);
        regions.MoveOn(region);
        await attempts.WaitAsync(BackoffKind.Connection, problem, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask FollowAsync(string what, CachedRegion region, Error error, Attempts attempts, CancellationToken cancellationToken)
    {
        RegionRefusal refusal = RegionRefusal.Of(error);
        switch (refusal.Remedy)
        {
            case RegionRemedy.FollowLeader when error.NotLeader.Leader is { } leader:
                regions.MoveTo(region, leader);
                break;
            case RegionRemedy.FollowLeader or RegionRemedy.TryNextPeer:
                regions.MoveOn(region);
                break;
            case RegionRemedy.ReplaceRegion when IsStoreBehind(region, error.EpochNotMatch):
                break;
            case RegionRemedy.ReplaceRegion:
                regions.Replace(region, error.EpochNotMatch.CurrentRegions);
                break;
            case RegionRemedy.ForgetStore:
                regions.ForgetStore(region.Target.StoreId);
                regions.Forget(region);
                break;
            case RegionRemedy.ForgetRegion:
                regions.Forget(region);
                break;
            case RegionRemedy.GiveUp:
                throw attempts.Refused($"{what}: {refusal.Text}");
        }

        await attempts.WaitAsync(refusal.Pace, $"{what}: {refusal.Text}", cancellationToken, refusal.Asked).ConfigureAwait(false);
    }

    /// <summary>The store has not applied the change yet that PD or another store told of: it will.</summary>
    private static bool IsStoreBehind(CachedRegion region, EpochNotMatch answer) => answer.CurrentRegions.Any(current =>
        current.Id == region.Region.Id && region.Region.RegionEpoch is { } ours && current.RegionEpoch is { } its
        && (its.ConfVer < ours.ConfVer || its.Version < ours.Version));
}
