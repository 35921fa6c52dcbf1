using System.Buffers.Binary;
using Binlog.TiDB;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Relaying;

/// <summary>
/// The payload of a DDL record: length of the job's JSON (4 bytes, little endian), the JSON as TiDB stores it, then the binlog.
/// The job travels in the relay log so that the log alone is enough to bring a target up to date.
/// </summary>
internal static class RelayDdl
{
    /// <summary>Puts a payload together.</summary>
    public static byte[] Join(ReadOnlySpan<byte> jobJson, ReadOnlySpan<byte> binlog)
    {
        byte[] payload = new byte[checked(4 + jobJson.Length + binlog.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(payload, jobJson.Length);
        jobJson.CopyTo(payload.AsSpan(4));
        binlog.CopyTo(payload.AsSpan(4 + jobJson.Length));
        return payload;
    }

    /// <summary>What comes before the binlog.</summary>
    public static byte[] Prefix(ReadOnlySpan<byte> jobJson) => Join(jobJson, default);

    /// <summary>Whether the length fits the payload.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> payload) =>
        payload.Length >= 4 && BinaryPrimitives.ReadInt32LittleEndian(payload) is >= 0 and var length && length <= payload.Length - 4;

    /// <summary>Takes a payload apart; both parts refer to it.</summary>
    /// <exception cref="DrainerException">The length does not fit the payload.</exception>
    public static (ReadOnlyMemory<byte> JobJson, ReadOnlyMemory<byte> Binlog) Split(ReadOnlyMemory<byte> payload, ulong commitTs)
    {
        int length = payload.Length < 4 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(payload.Span);
        return length >= 0 && length <= payload.Length - 4
            ? (payload.Slice(4, length), payload[(4 + length)..])
            : throw Damaged(commitTs, $"its job has {length} bytes, the record {payload.Length}", null);
    }

    /// <summary>Reads the job.</summary>
    /// <exception cref="DrainerException">It is no job.</exception>
    public static DdlJob ParseJob(ReadOnlySpan<byte> jobJson, ulong commitTs)
    {
        try
        {
            return DdlJob.Parse(jobJson);
        }
        catch (TiDBFormatException exception)
        {
            throw Damaged(commitTs, exception.Message.TrimEnd('.'), exception);
        }
    }

    private static DrainerException Damaged(ulong commitTs, string what, Exception? cause) =>
        new($"The relay log's DDL record at commit TS {commitTs} is damaged: {what}. Keep the relay directory for analysis, move it away, and start again while the Pumps still have what is missing.", cause);
}
