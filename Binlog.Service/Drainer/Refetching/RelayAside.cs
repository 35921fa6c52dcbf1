using System.Globalization;
using Binlog.RelayLog;

namespace Binlog.Service.Drainer.Refetching;

/// <summary>A damaged relay log that was moved aside, beside the directory where it was. It is never deleted.</summary>
/// <param name="Directory">Where it is now; the name says when it was moved and <paramref name="UpTo"/>.</param>
/// <param name="UpTo">Commit TS of its newest record. Until the new relay log is there, what was fetched again is compared with it.</param>
internal sealed record RelayAside(string Directory, ulong UpTo)
{
    private const string Infix = "-damaged-";
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    /// <summary>Moves a closed relay log aside by one rename, so that a crash leaves it in the one place or in the other.</summary>
    /// <exception cref="DrainerException">The operating system refuses.</exception>
    public static RelayAside Move(string relayDirectory, ulong upTo, DateTimeOffset now)
    {
        string target = string.Create(CultureInfo.InvariantCulture, $"{relayDirectory}{Infix}{now.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}-{upTo}");
        try
        {
            System.IO.Directory.Move(relayDirectory, target);
            new SegmentedLogOptions { Directory = target }.FileSystem.FlushDirectory(Path.GetDirectoryName(relayDirectory)!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DrainerException(
                $"The damaged relay log in {relayDirectory} can't be moved to {target}: {exception.Message} Move it by hand and start again; what the target lacks is then pulled from the Pumps.", exception);
        }

        return new RelayAside(target, upTo);
    }

    /// <summary>The one with the newest records of those that were moved aside; null when there is none.</summary>
    public static RelayAside? Find(string relayDirectory)
    {
        string prefix = Path.GetFileName(relayDirectory) + Infix;
        string parent = Path.GetDirectoryName(relayDirectory)!;
        return System.IO.Directory.Exists(parent)
            ? System.IO.Directory.EnumerateDirectories(parent, prefix + "*").Select(Parse).OfType<RelayAside>().MaxBy(aside => aside.UpTo)
            : null;
    }

    private static RelayAside? Parse(string directory) =>
        ulong.TryParse(directory.AsSpan(directory.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ulong upTo) ? new RelayAside(directory, upTo) : null;
}
