using System.Buffers.Binary;
using System.IO.Compression;
using Binlog.TiDB.Contracts;
using Google.Protobuf;

namespace Binlog.Service.Tests.Recordings;

/// <summary>Writes a recording as <c>Recording.Open</c> reads it.</summary>
internal static class RecordingFile
{
    public static void Write(string directory, ulong clusterId, params byte[][] payloads) =>
        WriteRequests(directory, [.. payloads.Select(payload => new WriteBinlogReq { ClusterId = clusterId, Payload = ByteString.CopyFrom(payload) }.ToByteArray())]);

    public static void WriteRequests(string directory, params byte[][] requests)
    {
        using var stream = new MemoryStream();
        byte[] prefix = new byte[4];
        foreach (byte[] request in requests)
        {
            BinaryPrimitives.WriteInt32BigEndian(prefix, request.Length);
            stream.Write(prefix);
            stream.Write(request);
        }

        WriteRaw(directory, stream.ToArray());
    }

    /// <summary>Compresses any bytes.</summary>
    public static void WriteRaw(string directory, byte[] bytes)
    {
        using FileStream file = File.Create(PathIn(directory));
        using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        gzip.Write(bytes);
    }

    public static string PathIn(string directory) => Path.Combine(directory, "binlogs.bin.gz");
}
