using System.Buffers;
using System.Buffers.Binary;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;

namespace Binlog.Service.Commands.Bench;

/// <summary>
/// One writer's transactions of one row each on <see cref="BenchTable"/>: half inserts, 40 % updates of any of its rows, 10 %
/// deletes of its oldest row; or of several inserted rows each. The same for every run.
/// </summary>
/// <param name="writer">Which writer, from 0; writers share no row.</param>
/// <param name="writers">How many there are.</param>
/// <param name="rows">Rows of a transaction; more than one are all inserts.</param>
/// <param name="isInsertOnly">Whether a transaction of one row is an insert too.</param>
internal sealed class RowMixSource(int writer, int writers, int rows = 1, bool isInsertOnly = false) : ITransactionSource
{
    private readonly BinlogBuffers _buffers = new(BenchTable.TableId);
    private readonly PrewriteValueWriter _mutations = new(BenchTable.SchemaVersion);
    private readonly ArrayBufferWriter<byte> _value = new(512);
    private readonly ArrayBufferWriter<byte> _oldRow = new(256);
    private readonly ArrayBufferWriter<byte> _newRow = new(256);
    private readonly byte[] _text = new byte[BenchTable.TextBytes];
    private readonly byte[] _pad = new byte[BenchTable.PadBytes];

    /// <summary>How often each row was updated, in the order of insertion.</summary>
    private readonly List<int> _versions = [];

    private int _oldest;
    private ulong _random = Mix((ulong)writer);

    /// <summary>Rows that are there after what has been written.</summary>
    public int Rows => _versions.Count - _oldest;

    /// <summary>Bytes of the binlogs so far, prewrites and commits.</summary>
    public long Bytes { get; private set; }

    /// <inheritdoc />
    public ReadOnlyMemory<byte> Prewrite(ulong startTs)
    {
        _mutations.Reset(BenchTable.SchemaVersion);
        _mutations.BeginTable(BenchTable.TableId);
        int row = rows == 1 && !isInsertOnly ? Change() : Insert();
        for (int more = 1; more < rows; more++)
        {
            Insert();
        }

        _value.ResetWrittenCount();
        _mutations.WriteTo(_value);
        ReadOnlyMemory<byte> prewrite = _buffers.Prewrite(startTs, IdOf(row), _value.WrittenSpan);

        // The commit TS will be near the start TS, and as long.
        Bytes += prewrite.Length + _buffers.Commit(startTs, startTs + 1).Length;
        return prewrite;
    }

    private int Change()
    {
        _random = Mix(_random);
        int kind = (int)(_random % 10);
        return kind < 5 || Rows == 0 ? Insert() : kind < 9 ? Update(_oldest + (int)((_random >> 8) % (ulong)Rows)) : Delete();
    }

    private int Insert()
    {
        int row = _versions.Count;
        _versions.Add(0);
        _newRow.ResetWrittenCount();
        var encoded = new RowWriter(_newRow);
        encoded.WriteHandle(IdOf(row));
        WriteValues(ref encoded, row);
        _mutations.AddInsert(_newRow.WrittenSpan);
        return row;
    }

    private int Update(int row)
    {
        WriteRow(_oldRow, row);
        _versions[row]++;
        WriteRow(_newRow, row);
        _mutations.AddUpdate(_oldRow.WrittenSpan, _newRow.WrittenSpan);
        return row;
    }

    private int Delete()
    {
        int row = _oldest++;
        WriteRow(_oldRow, row);
        _mutations.AddDelete(_oldRow.WrittenSpan);
        return row;
    }

    private void WriteRow(ArrayBufferWriter<byte> writer, int row)
    {
        writer.ResetWrittenCount();
        var encoded = new RowWriter(writer);
        encoded.WriteInt64(BenchTable.IdColumn, IdOf(row));
        WriteValues(ref encoded, row);
    }

    private void WriteValues(ref RowWriter encoded, int row)
    {
        ulong seed = Mix(((ulong)IdOf(row) << 20) + (ulong)_versions[row]);
        Fill(_text, seed);
        Fill(_pad, (ulong)IdOf(row));
        encoded.WriteInt64(BenchTable.NumberColumn, (int)(seed >> 33));
        encoded.WriteBytes(BenchTable.TextColumn, _text);
        encoded.WriteBytes(BenchTable.PadColumn, _pad);
        encoded.Complete();
    }

    private long IdOf(int row) => ((long)row * writers) + writer + 1;

    private static void Fill(Span<byte> text, ulong seed)
    {
        Span<byte> bits = stackalloc byte[8];
        for (int at = 0; at < text.Length; at++)
        {
            if (at % 8 == 0)
            {
                seed = Mix(seed);
                BinaryPrimitives.WriteUInt64LittleEndian(bits, seed);
            }

            text[at] = (byte)('a' + (bits[at % 8] & 15));
        }
    }

    /// <summary>SplitMix64: a bijection whose outputs look random.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
