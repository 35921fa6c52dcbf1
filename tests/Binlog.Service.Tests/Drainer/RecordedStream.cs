using System.Buffers.Binary;
using System.IO.Compression;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Drainer;

/// <summary>The recorded stream as a Drainer merges it: prewrite and commit joined, by commit TS, what was rolled back left out.</summary>
internal static class RecordedStream
{
    private static readonly Lazy<IReadOnlyList<ReadOnlyMemory<byte>>> Merged = new(Merge);

    /// <summary>The repository's folder.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>A file of the recording.</summary>
    public static string PathOf(string file) => Path.Combine(Repository, "samples", "recording", file);

    /// <summary>A file of the golden vectors.</summary>
    public static string VectorPathOf(string file) => Path.Combine(Repository, "tests", "vectors", file);

    /// <summary>Every committed binlog, in commit order.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Payloads => Merged.Value;

    /// <summary>A commit with what its prewrite carried. In protobuf a later field replaces an earlier one, so joining the bytes is enough.</summary>
    public static ReadOnlyMemory<byte> Join(ReadOnlySpan<byte> prewrite, ReadOnlySpan<byte> commit) => (byte[])[.. prewrite, .. commit];

    private static List<ReadOnlyMemory<byte>> Merge()
    {
        var prewrites = new Dictionary<ulong, ReadOnlyMemory<byte>>();
        var commits = new List<(BinlogHeader Header, ReadOnlyMemory<byte> Payload)>();
        foreach (ReadOnlyMemory<byte> payload in ReadPayloads())
        {
            BinlogHeader header = BinlogHeader.Parse(payload.Span);
            if (header.Type == BinlogType.Prewrite)
            {
                prewrites.Add(header.StartTs, payload);
            }
            else if (header.Type == BinlogType.Commit)
            {
                commits.Add((header, payload));
            }
        }

        return [.. commits.OrderBy(commit => commit.Header.CommitTs).Select(commit => Join(prewrites[commit.Header.StartTs].Span, commit.Payload.Span))];
    }

    private static IEnumerable<ReadOnlyMemory<byte>> ReadPayloads()
    {
        using var file = new GZipStream(File.OpenRead(PathOf("binlogs.bin.gz")), CompressionMode.Decompress);
        var plain = new MemoryStream();
        file.CopyTo(plain);
        ReadOnlyMemory<byte> rest = plain.ToArray();
        while (!rest.IsEmpty)
        {
            int length = (int)BinaryPrimitives.ReadUInt32BigEndian(rest.Span);
            yield return PayloadOf(rest.Slice(4, length));
            rest = rest[(4 + length)..];
        }
    }

    private static ReadOnlyMemory<byte> PayloadOf(ReadOnlyMemory<byte> request)
    {
        int position = 0;
        while (Varint.ReadUnsigned(request.Span, ref position) is var tag && tag != ((2 << 3) | 2))
        {
            Varint.ReadUnsigned(request.Span, ref position);
        }

        int length = (int)Varint.ReadUnsigned(request.Span, ref position);
        return request.Slice(position, length);
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Binlog.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The tests run outside the repository.");
    }
}
