using System.Buffers.Binary;
using System.IO.Compression;

namespace Binlog.Service.Recordings;

/// <summary>
/// A gzip file of one member, decompressed whole. <see cref="GZipStream"/> accepts a file that ends early, so the length in the
/// trailer is checked here. Source: RFC 1952, section 2.3.1.
/// </summary>
internal static class GzipMember
{
    /// <summary>Decompresses a file.</summary>
    /// <exception cref="InvalidDataException">It is damaged or ends early.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static MemoryStream Open(string file)
    {
        byte[] compressed = File.ReadAllBytes(file);
        var content = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress))
        {
            gzip.CopyTo(content);
        }

        ReadOnlySpan<byte> length = compressed.AsSpan(Math.Max(0, compressed.Length - sizeof(uint)));
        if (length.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32LittleEndian(length) != (uint)content.Length)
        {
            throw new InvalidDataException($"it has {content.Length} bytes of content, which is not what it says at its end. Perhaps it was copied in part.");
        }

        content.Position = 0;
        return content;
    }
}
