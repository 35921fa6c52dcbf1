using System.Buffers;
using Grpc.Core;

namespace Binlog.Grpc.Protocol;

/// <summary>Metadata entries as header values: text as it is, bytes as base64 (padded or not, several values joined by commas).</summary>
internal static class MetadataHeader
{
    public static string EncodeValue(Metadata.Entry entry)
    {
        if (entry.IsBinary)
        {
            return Convert.ToBase64String(entry.BinarySpan).TrimEnd('=');
        }

        var value = entry.Value;
        if (value.AsSpan().IndexOfAnyExceptInRange(' ', '~') >= 0)
        {
            throw new ArgumentException($"The value of the metadata entry '{entry.Key}' has a character outside printable ASCII; use a key that ends in -bin for other data.");
        }

        return value;
    }

    /// <summary>Adds what a header carries.</summary>
    /// <exception cref="RpcException">Internal: a -bin header isn't base64.</exception>
    public static void Decode(string name, string value, Metadata target)
    {
        var key = name.ToLowerInvariant();
        if (!Metadata.Entry.HasBinarySuffix(key))
        {
            target.Add(key, value);
            return;
        }

        foreach (var range in value.AsSpan().Split(','))
        {
            target.Add(key, DecodeBase64(key, value.AsSpan(range).Trim()));
        }
    }

    private static byte[] DecodeBase64(string key, ReadOnlySpan<char> text)
    {
        text = text.TrimEnd('=');
        var paddedLength = (text.Length + 3) / 4 * 4;
        var padded = ArrayPool<char>.Shared.Rent(paddedLength);
        try
        {
            text.CopyTo(padded);
            padded.AsSpan(text.Length, paddedLength - text.Length).Fill('=');
            var bytes = new byte[paddedLength / 4 * 3];
            if (!Convert.TryFromBase64Chars(padded.AsSpan(0, paddedLength), bytes, out var written))
            {
                throw new RpcException(new Status(StatusCode.Internal, $"The metadata entry '{key}' is not valid base64."));
            }

            return bytes.AsSpan(0, written).ToArray();
        }
        finally
        {
            ArrayPool<char>.Shared.Return(padded);
        }
    }
}
