using Binlog.RelayLog;
using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>What a crash leaves behind the last acknowledged binlog is cut and said; where acknowledged binlogs are gone, the Pump doesn't start.</summary>
public sealed class StoreLostEndTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly RecordingLogger _logger = new();

    private string Path => _directory.Combine("pump");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task OpenAsync_TornTail_CutAndSaid()
    {
        string killed = _directory.Combine("killed");
        await using (PumpStore store = await StoreDriver.OpenSmallAsync(Path))
        {
            await store.CommitAsync(1, 2);
            await store.ReachAsync(2);
            StoreDriver.Copy(Path, killed);
        }

        string segment = Segments(killed)[^1];
        byte[] content = await File.ReadAllBytesAsync(segment);
        int end = (Array.FindLastIndex(content, value => value != 0) + 8) & ~7;
        byte[] torn = [.. content[..end], 1, 2, 3, 4, 5];
        await File.WriteAllBytesAsync(segment, torn);

        await using PumpStore again = await StoreDriver.OpenSmallAsync(killed, logger: _logger);

        Assert.Equal([2ul], again.ReadAll());
        Assert.Single(_logger.Messages, message => message.Contains($"5 bytes from byte {end} of {segment} on were cut", StringComparison.Ordinal));
        Assert.Empty(_logger.Warnings);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5_000)]
    public async Task OpenAsync_EndMissingAfterACleanStop_RefusedAndNotChanged(int cut)
    {
        await WriteSomeAsync(Path, 100);
        Cut(Path, cut);
        Dictionary<string, byte[]> before = Contents(Path);

        var refused = await Assert.ThrowsAsync<CorruptLogException>(() => StoreDriver.OpenSmallAsync(Path, logger: _logger));
        await Assert.ThrowsAsync<CorruptLogException>(() => StoreDriver.OpenSmallAsync(Path));

        Assert.Contains("acknowledged records up to byte", refused.Message, StringComparison.Ordinal);
        Assert.Contains("inspect repair", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_logger.Messages);
        Assert.Equal(before, Contents(Path));
    }

    [Fact]
    public async Task OpenAsync_LastRecordDamagedAfterACleanStop_Refused()
    {
        await WriteSomeAsync(Path, 4);
        string segment = Segments(Path)[^1];
        byte[] bytes = File.ReadAllBytes(segment);
        bytes[^10] ^= 1;
        File.WriteAllBytes(segment, bytes);

        var refused = await Assert.ThrowsAsync<CorruptLogException>(() => StoreDriver.OpenSmallAsync(Path));

        Assert.Equal(segment, refused.File);
    }

    /// <summary>After a kill only the checkpoint knows where the log ended.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5_000)]
    public async Task OpenAsync_LogIsShorterThanTheCheckpointSays_RefusedAndNotChanged(int cut)
    {
        await WriteSomeAsync(Path, 100);
        File.Delete(System.IO.Path.Combine(Path, "closed.mark"));
        Cut(Path, cut);
        Dictionary<string, byte[]> before = Contents(Path);

        var refused = await Assert.ThrowsAsync<CorruptLogException>(() => StoreDriver.OpenSmallAsync(Path));

        Assert.Contains($"(sequence 200), as the checkpoint {System.IO.Path.Combine(Path, "index", "checkpoint")} says", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Contents(Path));
    }

    [Fact]
    public async Task OpenAsync_AllSegmentsMissing_Refused()
    {
        await WriteSomeAsync(Path, 4);
        Array.ForEach(Segments(Path), File.Delete);

        var refused = await Assert.ThrowsAsync<CorruptLogException>(() => StoreDriver.OpenSmallAsync(Path));

        Assert.Equal("no segment files", refused.Found);
    }

    private static string[] Segments(string directory) => [.. Directory.GetFiles(directory, "*.seg").Order(StringComparer.Ordinal)];

    /// <summary>Takes so many bytes from the end of the log, whole segments too.</summary>
    private static void Cut(string directory, long bytes)
    {
        foreach (string segment in Segments(directory).Reverse())
        {
            long length = new FileInfo(segment).Length;
            if (bytes < length)
            {
                using FileStream file = File.OpenWrite(segment);
                file.SetLength(length - bytes);
                return;
            }

            File.Delete(segment);
            bytes -= length;
        }
    }

    private static Dictionary<string, byte[]> Contents(string directory) => Directory
        .EnumerateFiles(directory, "*", SearchOption.AllDirectories)
        .Where(file => !System.IO.Path.GetFileName(file).StartsWith('.'))
        .ToDictionary(file => file, File.ReadAllBytes);

    private static async Task WriteSomeAsync(string directory, int transactions)
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(directory);
        for (ulong number = 1; number <= (ulong)transactions; number++)
        {
            await store.CommitAsync((2 * number) - 1, 2 * number);
        }

        await store.ReachAsync(2 * (ulong)transactions);
    }
}
