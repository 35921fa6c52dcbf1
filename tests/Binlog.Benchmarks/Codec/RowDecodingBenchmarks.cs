using System.Buffers;
using BenchmarkDotNet.Attributes;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;

namespace Binlog.Benchmarks.Codec;

/// <summary>
/// Decoding of the recording's rows. One operation is all of them, so that time and allocation per row are the figures divided by
/// <see cref="RowCount"/>; the aim is 0 bytes.
/// </summary>
[MemoryDiagnoser]
public class RowDecodingBenchmarks
{
    /// <summary>Row changes in one operation; checked when the recording is loaded.</summary>
    public const int RowCount = 20_955;

    private readonly RecordedRows _rows = RecordedRows.Load();
    private readonly ArrayBufferWriter<byte> _text = new(1 << 20);
    private Datum[] _oldValues = [];
    private Datum[] _newValues = [];

    [GlobalSetup]
    public void Setup()
    {
        if (_rows.RowCount != RowCount)
        {
            throw new InvalidOperationException($"The recording holds {_rows.RowCount} rows, not {RowCount}.");
        }

        _oldValues = new Datum[_rows.MaxColumns];
        _newValues = new Datum[_rows.MaxColumns];
    }

    /// <summary>From the binlog's bytes to datums.</summary>
    [Benchmark(OperationsPerInvoke = RowCount)]
    public int Decode() => Run(withText: false);

    /// <summary>The same, and every value printed.</summary>
    [Benchmark(OperationsPerInvoke = RowCount)]
    public int DecodeAndPrint() => Run(withText: true);

    private int Run(bool withText)
    {
        var rows = 0;
        foreach (var (payload, value, decoders) in _rows.Transactions)
        {
            var reader = new PrewriteValueReader(payload, value);
            for (var index = 0; reader.TryReadTable(out var table); index++)
            {
                if (decoders[index] is not { } decoder)
                {
                    continue;
                }

                while (table.TryReadNext(out var mutation))
                {
                    DecodeRow(decoder, payload, mutation, withText);
                    rows++;
                }
            }
        }

        return rows;
    }

    private void DecodeRow(RowDecoder decoder, byte[] payload, RowMutation mutation, bool withText)
    {
        switch (mutation.Kind)
        {
            case MutationType.Insert:
                decoder.DecodeInsert(payload, mutation.Offset, mutation.Length, _newValues);
                break;
            case MutationType.Update:
                decoder.DecodeUpdate(payload, mutation.Offset, mutation.Length, _oldValues, _newValues);
                break;
            default:
                decoder.DecodeDelete(payload, mutation.Offset, mutation.Length, _newValues);
                break;
        }

        if (withText)
        {
            _text.ResetWrittenCount();
            for (var column = 0; column < decoder.ColumnCount; column++)
            {
                ValueText.WriteText(_newValues[column], payload, decoder.Columns[column].Type, _text);
            }
        }
    }
}
