using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;
using Binlog.TiDB.Schema;

namespace Binlog.Benchmarks.Codec;

/// <summary>The committed row changes of the recording, ready to decode: payloads, their prewrite values and the decoders of their tables.</summary>
internal sealed class RecordedRows
{
    private readonly Dictionary<(long Table, long Version), RowDecoder?> _decoders = [];
    private readonly Dictionary<long, List<(long Version, TableInfo Table)>> _tables = [];

    private RecordedRows()
    {
    }

    public List<(byte[] Payload, ByteRange Value, RowDecoder?[] Decoders)> Transactions { get; } = [];

    public int RowCount { get; private set; }

    public int MaxColumns { get; private set; }

    public static RecordedRows Load()
    {
        var rows = new RecordedRows();
        var folder = Path.Combine(FindRoot(), "samples", "recording");
        rows.LoadTables(Path.Combine(folder, "ddl_history_jobs.jsonl.gz"));
        rows.LoadTransactions(Path.Combine(folder, "binlogs.bin.gz"));
        return rows;
    }

    private void LoadTables(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress), Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            var job = DdlJob.Parse(Encoding.UTF8.GetBytes(line));
            if (job.IsApplicable && job.Binlog.TableInfo is { } table)
            {
                _tables.TryAdd(table.Id, []);
                _tables[table.Id].Add((job.Binlog.SchemaVersion, table));
            }
        }
    }

    private void LoadTransactions(string path)
    {
        using var reader = new BinaryReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.ReadBytes(4) is { Length: 4 } length)
        {
            var payload = PayloadOf(reader.ReadBytes(BinaryPrimitives.ReadInt32BigEndian(length)));
            var header = BinlogHeader.Parse(payload);
            if (header.Type == BinlogType.Prewrite && !header.PrewriteValue.IsEmpty)
            {
                Add(payload, header.PrewriteValue);
            }
        }
    }

    private void Add(byte[] payload, ByteRange value)
    {
        var decoders = new List<RowDecoder?>();
        var reader = new PrewriteValueReader(payload, value);
        while (reader.TryReadTable(out var table))
        {
            var decoder = DecoderOf(table.TableId, reader.SchemaVersion);
            decoders.Add(decoder);
            RowCount += decoder is null ? 0 : table.RowCount;
            MaxColumns = Math.Max(MaxColumns, decoder?.ColumnCount ?? 0);
        }

        Transactions.Add((payload, value, decoders.ToArray()));
    }

    private RowDecoder? DecoderOf(long table, long version)
    {
        var known = _tables.GetValueOrDefault(table)?.Where(entry => entry.Version <= version).MaxBy(entry => entry.Version) ?? default;
        if (known.Table is null)
        {
            return null;
        }

        if (!_decoders.TryGetValue((table, known.Version), out var decoder))
        {
            _decoders[(table, known.Version)] = decoder = new RowDecoder(known.Table);
        }

        return decoder;
    }

    // WriteBinlogReq: field 1 cluster id (varint), field 2 payload.
    private static byte[] PayloadOf(byte[] request)
    {
        var position = 0;
        while (position < request.Length)
        {
            var tag = Varint.ReadUnsigned(request, ref position);
            var value = (int)Varint.ReadUnsigned(request, ref position);
            if (tag == ((2 << 3) | 2))
            {
                return request.AsSpan(position, value).ToArray();
            }
        }

        throw new InvalidDataException("A recorded request has no payload.");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Binlog.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("No folder above the benchmarks holds Binlog.sln.");
    }
}
