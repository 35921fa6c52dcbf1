namespace Binlog.TiDB.Tests.Malformed;

/// <summary>Ways to spoil bytes, and the only outcome that is allowed.</summary>
public static class Damage
{
    private const long AllocationFloor = 1 << 16;
    private const long AllocationPerByte = 512;

    public static IEnumerable<byte[]> Truncated(byte[] valid)
    {
        for (var length = 0; length < valid.Length; length++)
        {
            yield return valid[..length];
        }
    }

    public static IEnumerable<byte[]> BitFlipped(byte[] valid)
    {
        for (var bit = 0; bit < valid.Length * 8; bit++)
        {
            var copy = (byte[])valid.Clone();
            copy[bit / 8] ^= (byte)(1 << (bit % 8));
            yield return copy;
        }
    }

    /// <summary>Runs the parser: it may succeed or throw the one exception, and must not allocate out of proportion.</summary>
    /// <returns>True when it refused.</returns>
    public static bool Refuses(Action<byte[]> parse, byte[] bytes)
    {
        long limit = AllocationFloor + (AllocationPerByte * bytes.Length);
        bool refused = Refuses(parse, bytes, out long allocated);
        if (allocated > limit)
        {
            // The first call also makes what all later ones share, such as JSON metadata.
            Refuses(parse, bytes, out allocated);
        }

        Assert.True(allocated <= limit, $"{allocated} bytes allocated for {bytes.Length} bytes {Convert.ToHexStringLower(bytes)}");
        return refused;
    }

    private static bool Refuses(Action<byte[]> parse, byte[] bytes, out long allocated)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool refused = false;
        try
        {
            parse(bytes);
        }
        catch (TiDBFormatException exception)
        {
            Assert.NotEmpty(exception.What);
            Assert.NotEmpty(exception.Expected);
            Assert.NotEmpty(exception.Found);
            refused = true;
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{exception.GetType().Name} for {Convert.ToHexStringLower(bytes)}", exception);
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return refused;
    }
}
