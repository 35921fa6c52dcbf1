using System.Numerics;

namespace Binlog.Service.Commands.Bench;

/// <summary>
/// Counts durations in buckets that are about 3 % wide, from 100 ns to any length. Recording allocates nothing. Thread-safe.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int BitsPerOctave = 5;
    private const int BucketsPerOctave = 1 << BitsPerOctave;
    private const int Buckets = (64 - BitsPerOctave) * BucketsPerOctave;

    private readonly long[] _counts = new long[Buckets];

    /// <summary>Counts one duration; a negative one counts as zero.</summary>
    public void Record(TimeSpan elapsed) => Interlocked.Increment(ref _counts[BucketOf((ulong)Math.Max(0, elapsed.Ticks))]);

    /// <summary>The duration that a share of all durations does not exceed, to within a bucket; null when nothing was recorded.</summary>
    /// <param name="share">Above 0, up to 1.</param>
    public TimeSpan? Percentile(double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        long[] counts = [.. _counts.Select((_, bucket) => Interlocked.Read(ref _counts[bucket]))];
        long remaining = (long)Math.Ceiling(counts.Sum() * share);
        for (int bucket = 0; bucket < Buckets; bucket++)
        {
            remaining -= counts[bucket];
            if (counts[bucket] > 0 && remaining <= 0)
            {
                return TimeSpan.FromTicks((long)MiddleOf(bucket));
            }
        }

        return null;
    }

    /// <summary>The position of the highest bit chooses the octave, the next five bits the bucket in it.</summary>
    private static int BucketOf(ulong ticks)
    {
        int shift = Math.Max(0, BitOperations.Log2(ticks | 1) - BitsPerOctave);
        return (shift << BitsPerOctave) + (int)(ticks >> shift);
    }

    private static ulong MiddleOf(int bucket)
    {
        int shift = Math.Max(0, (bucket >> BitsPerOctave) - 1);
        ulong first = (ulong)(bucket - (shift << BitsPerOctave)) << shift;
        return first + ((1UL << shift) >> 1);
    }
}
