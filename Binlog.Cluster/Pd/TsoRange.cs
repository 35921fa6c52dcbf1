using System.Globalization;
using Binlog.Cluster.Contracts.Pd;
using Binlog.Cluster.Timestamps;

namespace Binlog.Cluster.Pd;

/// <summary>Checks PD's timestamps: each answer must be above all that came before. One caller at a time.</summary>
internal sealed class TsoRange
{
    private const int LogicalBits = 18;

    private ulong _last;

    /// <summary>Reads an answer.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="count">How many timestamps were asked for.</param>
    /// <param name="url">Who answered.</param>
    /// <returns>The largest of the timestamps; the others lie right below it.</returns>
    /// <exception cref="ClusterException">It is no answer to the request; or PD went backward (transient: it may catch up).</exception>
    public ulong Read(TsoResponse response, int count, string url)
    {
        if (response.Count != count || response.Timestamp is not { } timestamp)
        {
            throw new ClusterException($"PD at {url} was asked for {count} timestamps and answered with {(response.Timestamp is null ? 0 : response.Count)}.");
        }

        if (timestamp.SuffixBits != 0)
        {
            throw new ClusterException(
                $"PD at {url} gives out timestamps with a suffix of {timestamp.SuffixBits} bits: enable-local-tso is set in its configuration, an experiment of TiDB that is not supported here.");
        }

        if (timestamp.Physical is <= 0 or >= (long)(TsoLimits.Max >> LogicalBits) || timestamp.Logical < count - 1 || timestamp.Logical >= 1 << LogicalBits)
        {
            throw new ClusterException(
                $"PD at {url} answered a request for {count} timestamps with the physical part {timestamp.Physical} and the logical part {timestamp.Logical}; expected a physical part of 1 to {(TsoLimits.Max >> LogicalBits) - 1} and a logical one of {count - 1} to {(1 << LogicalBits) - 1}.");
        }

        ulong last = ((ulong)timestamp.Physical << LogicalBits) | (ulong)timestamp.Logical;
        ulong first = last - (ulong)(count - 1);
        if (first <= _last)
        {
            throw new ClusterException(
                $"PD at {url} went backward: it gives out the timestamp {Describe(first)} after {Describe(_last)}, which PD gave out before. Nothing of the answer is used. "
                + "Check whether PD was restored from a backup; its timestamps have to be raised above the larger one (its API's admin/reset-ts).",
                isTransient: true);
        }

        _last = last;
        return last;
    }

    /// <summary>A timestamp with its time, for messages.</summary>
    public static string Describe(ulong timestamp) =>
        string.Create(CultureInfo.InvariantCulture, $"{timestamp} ({DateTimeOffset.FromUnixTimeMilliseconds((long)(timestamp >> LogicalBits)):yyyy-MM-dd HH:mm:ss.fff} UTC)");
}
