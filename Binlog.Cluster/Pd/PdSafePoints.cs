using Binlog.Cluster.Contracts.Pd;
using Google.Protobuf;

namespace Binlog.Cluster.Pd;

/// <summary>PD's GC safe points. Thread-safe.</summary>
/// <param name="caller">Calls PD.</param>
internal sealed class PdSafePoints(PdCaller caller) : IGcSafePoints
{
    /// <inheritdoc />
    public async Task<GcSafePoint> UpdateServiceGcSafePointAsync(string serviceId, TimeSpan timeToLive, ulong safePoint, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(serviceId);
        ArgumentOutOfRangeException.ThrowIfLessThan(timeToLive, TimeSpan.Zero);
        long seconds = (long)Math.Ceiling(timeToLive.TotalSeconds);
        UpdateServiceGCSafePointResponse response = await caller.CallAsync(
            nameof(PD.PDClient.UpdateServiceGCSafePoint),
            (pd, header, options) => pd.UpdateServiceGCSafePointAsync(
                new UpdateServiceGCSafePointRequest { Header = header, ServiceId = ByteString.CopyFromUtf8(serviceId), TTL = seconds, SafePoint = safePoint }, options),
            response => response.Header,
            cancellationToken).ConfigureAwait(false);
        return new GcSafePoint(response.MinSafePoint, response.ServiceId.ToStringUtf8());
    }

    /// <summary>Up to where garbage has been collected, or may be at any moment: a TSO; 0 in a cluster that never collected.</summary>
    public async Task<ulong> GetAsync(CancellationToken cancellationToken)
    {
        GetGCSafePointResponse response = await caller.CallAsync(
            nameof(PD.PDClient.GetGCSafePoint),
            (pd, header, options) => pd.GetGCSafePointAsync(new GetGCSafePointRequest { Header = header }, options),
            response => response.Header,
            cancellationToken).ConfigureAwait(false);
        return response.SafePoint;
    }
}
