using System.Buffers.Binary;
using System.Text;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Tests;

/// <summary>The recorded stream: committed prewrites by commit TS, and the tables as of any schema version.</summary>
public sealed class Recording
{
    private readonly Dictionary<long, List<(long Version, TableInfo Table)>> _tables = [];
    private readonly Dictionary<(long Id, long Version), RowDecoder?> _decoders = [];

    private Recording()
    {
    }

    public List<byte[]> Payloads { get; } = [];

    public SortedDictionary<ulong, byte[]> Committed { get; } = [];

    /// <summary>
    /// The schema version to decode a transaction with: like drainer, the newest of all DDL committed before it and of its own, because
    /// a DDL is applied when it is met in commit order even if a later transaction still ran under the older schema.
    /// </summary>
    public Dictionary<ulong, long> SchemaVersions { get; } = [];

    public static Recording Load()
    {
        var recording = new Recording();
        recording.LoadBinlogs();
        recording.LoadJobs();
        return recording;
    }

    public RowDecoder? DecoderOf(long tableId, long schemaVersion)
    {
        if (!_tables.TryGetValue(tableId, out var versions))
        {
            return null;
        }

        var index = versions.FindLastIndex(entry => entry.Version <= schemaVersion);
        if (index < 0)
        {
            return null;
        }

        var key = (tableId, versions[index].Version);
        if (!_decoders.TryGetValue(key, out var decoder))
        {
            decoder = new RowDecoder(versions[index].Table, index > 0 ? versions[index - 1].Table : null);
            _decoders[key] = decoder;
        }

        return decoder;
    }

    private void LoadBinlogs()
    {
        using var stream = new BinaryReader(TestData.OpenRecording("binlogs.bin.gz"));
        var prewrites = new Dictionary<ulong, byte[]>();
        while (stream.ReadBytes(4) is { Length: 4 } length)
        {
            var request = stream.ReadBytes(BinaryPrimitives.ReadInt32BigEndian(length));
            var payload = PayloadOf(request);
            Payloads.Add(payload);
            var header = BinlogHeader.Parse(payload);
            if (header.Type == BinlogType.Prewrite)
            {
                prewrites.Add(header.StartTs, payload);
            }
            else if (header.Type == BinlogType.Commit)
            {
                Committed.Add(header.CommitTs, prewrites[header.StartTs]);
            }
        }
    }

    private void LoadJobs()
    {
        var jobs = TestData.ReadRecordingLines("ddl_history_jobs.jsonl.gz").Select(line => DdlJob.Parse(Encoding.UTF8.GetBytes(line))).ToList();
        FollowSchemaVersions(jobs.Where(job => job.IsApplicable).ToDictionary(job => job.Id, job => job.Binlog.SchemaVersion));
        foreach (var job in jobs.Where(job => job.IsApplicable).OrderBy(job => job.Binlog.SchemaVersion))
        {
            if (job.Binlog.TableInfo is { } table)
            {
                if (!_tables.TryGetValue(table.Id, out var versions))
                {
                    _tables[table.Id] = versions = [];
                }

                versions.Add((job.Binlog.SchemaVersion, table));
            }
        }
    }

    private void FollowSchemaVersions(Dictionary<long, long> versionOfJob)
    {
        var current = 0L;
        foreach (var (commitTs, payload) in Committed)
        {
            var header = BinlogHeader.Parse(payload);
            current = Math.Max(current, header.IsDdl
                ? versionOfJob.GetValueOrDefault(header.DdlJobId)
                : new PrewriteValueReader(payload, header.PrewriteValue).SchemaVersion);
            SchemaVersions.Add(commitTs, current);
        }
    }

    private static byte[] PayloadOf(byte[] request)
    {
        var reader = new ProtoReader(request, 0, request.Length);
        while (reader.TryReadField(out var field))
        {
            if (field == 2)
            {
                return reader.ReadBytes("payload").Of(request.AsSpan()).ToArray();
            }

            reader.Skip();
        }

        return [];
    }
}
