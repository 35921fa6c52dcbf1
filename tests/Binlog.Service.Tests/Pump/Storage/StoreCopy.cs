namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>Copies of a Pump's store, each to be damaged in its own way.</summary>
internal sealed class StoreCopy(string original, string workspace)
{
    private int _count;

    /// <summary>The segment files of the original, oldest first.</summary>
    public IReadOnlyList<string> Segments { get; } = [.. Directory.EnumerateFiles(original, "*.seg").Select(Path.GetFileName).Order(StringComparer.Ordinal)!];

    public byte[] Read(string segment) => File.ReadAllBytes(Path.Combine(original, segment));

    /// <summary>A fresh copy with one segment's bytes replaced. Gone when the next is made.</summary>
    /// <param name="segment">Name of the segment file.</param>
    /// <param name="content">Its bytes in the copy.</param>
    /// <param name="withCache">Whether the copy has what the store can make again from its log.</param>
    public string With(string segment, byte[] content, bool withCache)
    {
        string copy = Path.Combine(workspace, "copy");
        if (_count++ > 0)
        {
            Directory.Delete(copy, recursive: true);
        }

        foreach (string file in Directory.EnumerateFiles(original, "*", withCache ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(original, file));
            if (!Path.GetFileName(file).StartsWith('.') || withCache)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
        }

        File.WriteAllBytes(Path.Combine(copy, segment), content);
        return copy;
    }
}
