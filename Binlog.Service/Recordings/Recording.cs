using System.Buffers.Binary;
using Binlog.TiDB;
using Binlog.TiDB.Contracts;
using Binlog.TiDB.Records;
using Google.Protobuf;
using BinlogType = Binlog.TiDB.Records.BinlogType;

namespace Binlog.Service.Recordings;

/// <summary>
/// What a real TiDB sent to its Pump, in the order in which the Pump got it. The file <c>binlogs.bin.gz</c> is gzip of repeated
/// { length: 4 bytes, big endian; that many bytes of a WriteBinlogReq }. Kept in memory whole.
/// </summary>
internal sealed class Recording
{
    private const int MaxRequestBytes = 256 << 20;

    private Recording(string directory, ulong clusterId, IReadOnlyList<RecordedBinlog> binlogs)
    {
        Directory = directory;
        ClusterId = clusterId;
        Binlogs = binlogs;
    }

    /// <summary>Where the recording is.</summary>
    public string Directory { get; }

    /// <summary>ID of the cluster that was recorded.</summary>
    public ulong ClusterId { get; }

    /// <summary>The binlogs in arrival order.</summary>
    public IReadOnlyList<RecordedBinlog> Binlogs { get; }

    /// <summary>The DDL jobs of the recorded cluster, one Job JSON per line.</summary>
    public string SchemaHistoryFile => Path.Combine(Directory, "ddl_history_jobs.jsonl.gz");

    /// <summary>The tables as TiDB had them at the end.</summary>
    public string FinalTablesFile => Path.Combine(Directory, "final_tables.json.gz");

    /// <summary>Transactions that were committed, DDL jobs included.</summary>
    public int CommittedTransactions => Binlogs.Count(binlog => binlog.Header.Type == BinlogType.Commit);

    /// <summary>The greatest commit TS of the recording.</summary>
    public ulong LastCommitTs => Binlogs.Max(binlog => binlog.Header.CommitTs);

    /// <summary>Reads a recording.</summary>
    /// <exception cref="RecordingException">The directory or a file is missing or damaged.</exception>
    public static Recording Open(string directory)
    {
        string file = Path.Combine(directory, "binlogs.bin.gz");
        if (!File.Exists(file))
        {
            throw new RecordingException($"{directory} is not a recording: it has no file binlogs.bin.gz. Give the directory of a recording, as samples/recording is one.");
        }

        try
        {
            using MemoryStream stream = GzipMember.Open(file);
            return Read(directory, file, stream);
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidProtocolBufferException or TiDBFormatException or IOException)
        {
            throw new RecordingException($"The recording's file {file} is damaged: {exception.Message}", exception);
        }
    }

    private static Recording Read(string directory, string file, Stream stream)
    {
        var binlogs = new List<RecordedBinlog>();
        ulong clusterId = 0;
        byte[] prefix = new byte[4];
        while (stream.ReadAtLeast(prefix, 4, throwOnEndOfStream: false) is var read and > 0)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(prefix);
            if (read < 4 || length > MaxRequestBytes)
            {
                throw new RecordingException($"The recording's file {file} is damaged: record {binlogs.Count} has {(read < 4 ? "no whole length" : $"the length {length}, more than {MaxRequestBytes}")}.");
            }

            byte[] request = new byte[length];
            stream.ReadExactly(request);
            WriteBinlogReq parsed = WriteBinlogReq.Parser.ParseFrom(request);
            clusterId = parsed.ClusterId;
            binlogs.Add(new RecordedBinlog(BinlogHeader.Parse(parsed.Payload.Span), parsed.Payload.Memory));
        }

        return binlogs.Count > 0
            ? new Recording(directory, clusterId, binlogs)
            : throw new RecordingException($"The recording's file {file} is empty.");
    }
}
