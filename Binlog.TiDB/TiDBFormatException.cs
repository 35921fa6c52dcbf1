using System.Diagnostics.CodeAnalysis;

namespace Binlog.TiDB;

/// <summary>
/// Bytes or JSON that claim to come from TiDB don't follow TiDB's format. It is the only exception that the parsers of this library
/// throw for what they read; the remedy is always outside: the data is damaged, or was written by a version with another format.
/// </summary>
public sealed class TiDBFormatException : Exception
{
    internal TiDBFormatException(string what, long offset, string expected, string found, Exception? innerException = null)
        : base($"Malformed {what} at offset {offset}: expected {expected}, found {found}.", innerException)
    {
        What = what;
        Offset = offset;
        Expected = expected;
        Found = found;
    }

    /// <summary>The part of the format that was being read, such as "decimal datum".</summary>
    public string What { get; }

    /// <summary>Where, in bytes from the start of the buffer that was handed to the parser; for JSON the line position.</summary>
    public long Offset { get; }

    /// <summary>What the format allows there.</summary>
    public string Expected { get; }

    /// <summary>What is there.</summary>
    public string Found { get; }

    [DoesNotReturn]
    internal static void Throw(string what, long offset, string expected, string found) =>
        throw new TiDBFormatException(what, offset, expected, found);

    [DoesNotReturn]
    internal static void ThrowTruncated(string what, long offset, long needed, long available) =>
        throw new TiDBFormatException(what, offset, $"{needed} more bytes", $"{available}");
}
