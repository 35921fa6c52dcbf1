using System.Buffers;

namespace Binlog.TiDB.Records;

/// <summary>
/// Builds a protobuf <c>binlog.PrewriteValue</c> the way TiDB does. Not safe for concurrent use; <see cref="Reset"/> keeps the buffers for
/// the next transaction.
/// </summary>
public sealed class PrewriteValueWriter
{
    private readonly List<TableMutationBuffer> _tables = [];
    private int _count;
    private long _schemaVersion;

    /// <summary>Starts an empty value.</summary>
    /// <param name="schemaVersion">Version of the schema that the rows are encoded under.</param>
    public PrewriteValueWriter(long schemaVersion) => _schemaVersion = schemaVersion;

    /// <summary>Starts over.</summary>
    public void Reset(long schemaVersion)
    {
        _schemaVersion = schemaVersion;
        _count = 0;
    }

    /// <summary>Starts a table; the rows that follow belong to it.</summary>
    public void BeginTable(long tableId)
    {
        if (_count == _tables.Count)
        {
            _tables.Add(new TableMutationBuffer());
        }

        _tables[_count++].Reset(tableId);
    }

    /// <summary>Adds an inserted row: handle and row, from <see cref="Codec.RowWriter"/>.</summary>
    public void AddInsert(ReadOnlySpan<byte> handleAndRow) => Current.Add(MutationType.Insert, handleAndRow, default);

    /// <summary>Adds an updated row: both rows with the same columns.</summary>
    public void AddUpdate(ReadOnlySpan<byte> oldRow, ReadOnlySpan<byte> newRow) => Current.Add(MutationType.Update, oldRow, newRow);

    /// <summary>Adds a deleted row.</summary>
    public void AddDelete(ReadOnlySpan<byte> row) => Current.Add(MutationType.DeleteRow, row, default);

    /// <summary>Writes the message.</summary>
    public void WriteTo(IBufferWriter<byte> writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ProtoWriter.WriteVarint(writer, BinlogField.ValueSchemaVersion, (ulong)_schemaVersion);
        for (var index = 0; index < _count; index++)
        {
            ProtoWriter.WriteLength(writer, BinlogField.ValueMutations, _tables[index].Length);
            _tables[index].WriteTo(writer);
        }
    }

    private TableMutationBuffer Current => _count > 0
        ? _tables[_count - 1]
        : throw new InvalidOperationException($"Call {nameof(BeginTable)} before adding rows.");

    private sealed class TableMutationBuffer
    {
        private readonly ArrayBufferWriter<byte> _head = new(16);
        private readonly ArrayBufferWriter<byte> _inserted = new(256);
        private readonly ArrayBufferWriter<byte> _updated = new(256);
        private readonly ArrayBufferWriter<byte> _deleted = new(256);
        private readonly ArrayBufferWriter<byte> _sequence = new(64);

        public int Length =>
            _head.WrittenCount + _inserted.WrittenCount + _updated.WrittenCount + _deleted.WrittenCount + _sequence.WrittenCount;

        public void Reset(long tableId)
        {
            _head.ResetWrittenCount();
            _inserted.ResetWrittenCount();
            _updated.ResetWrittenCount();
            _deleted.ResetWrittenCount();
            _sequence.ResetWrittenCount();
            ProtoWriter.WriteVarint(_head, BinlogField.TableId, (ulong)tableId);
        }

        public void Add(MutationType kind, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
        {
            var (rows, field) = kind switch
            {
                MutationType.Insert => (_inserted, BinlogField.InsertedRows),
                MutationType.Update => (_updated, BinlogField.UpdatedRows),
                _ => (_deleted, BinlogField.DeletedRows),
            };
            ProtoWriter.WriteLength(rows, field, first.Length + second.Length);
            rows.Write(first);
            rows.Write(second);
            ProtoWriter.WriteVarint(_sequence, BinlogField.Sequence, (ulong)kind);
        }

        public void WriteTo(IBufferWriter<byte> writer)
        {
            writer.Write(_head.WrittenSpan);
            writer.Write(_inserted.WrittenSpan);
            writer.Write(_updated.WrittenSpan);
            writer.Write(_deleted.WrittenSpan);
            writer.Write(_sequence.WrittenSpan);
        }
    }
}
