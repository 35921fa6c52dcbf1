namespace Binlog.Service.Pump;

/// <summary>How a Pump divides its memory limit. What is left is for the index, the order and the runtime. All in bytes.</summary>
/// <param name="LargeMessages">Received messages above <see cref="Intake.MessageIntake.InPlaceBytes"/>, until they are flushed. A single larger one is taken alone.</param>
/// <param name="SmallMessages">Smaller received messages, until they are flushed.</param>
/// <param name="Tail">The newest binlogs, for pullers that keep up.</param>
/// <param name="ReadAhead">Windows of pullers that read the past.</param>
/// <param name="Pulls">How many pulls may run at a time; see <see cref="BytesForPull"/>.</param>
internal readonly record struct PumpMemory(long LargeMessages, long SmallMessages, int Tail, long ReadAhead, int Pulls)
{
    /// <summary>A message may take this part of the limit at most, which a check of the configuration sees to.</summary>
    public const int LargestMessageDivisor = 2;

    /// <summary>
    /// Of the limit for each pull: it takes 1 MiB at most besides its window (two records of up to 128 KiB in buffers of twice that, what is
    /// joined of them, 64 KiB before them in the pipe, the same compressed), and all pulls together a quarter of the limit.
    /// </summary>
    public const int BytesForPull = 4 << 20;

    private const int SmallestTail = 4 << 20;
    private const int LargestTail = 1 << 30;

    public static PumpMemory Of(long limit) => new(
        limit * 3 / 8,
        limit / 16,
        (int)Math.Clamp(limit / 16, SmallestTail, LargestTail),
        limit / 16,
        (int)Math.Min(limit / BytesForPull, int.MaxValue));
}
