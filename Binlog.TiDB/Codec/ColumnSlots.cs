using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Codec;

/// <summary>Finds the place of a column id among a table's columns, and checks values against the columns' types.</summary>
internal sealed class ColumnSlots
{
    private const int MaxDenseId = 4096;

    private readonly IReadOnlyList<ColumnInfo> _columns;
    private readonly long[] _ids;
    private readonly (uint Accepted, DatumKind IntegerKind)[] _kinds;
    private readonly short[]? _dense;
    private readonly FrozenDictionary<long, int>? _sparse;

    public ColumnSlots(IReadOnlyList<ColumnInfo> columns)
    {
        _columns = columns;
        _ids = [.. columns.Select(column => column.Id)];
        _kinds = [.. columns.Select(column => (ColumnKinds.AcceptedBy(column.Type), ColumnKinds.IntegerKindOf(column.Type)))];
        if (_ids.Distinct().Count() != _ids.Length)
        {
            TiDBFormatException.Throw("TableInfo", 0, "column ids that differ", "repeated ids");
        }

        if (_ids.All(id => id is >= 0 and <= MaxDenseId))
        {
            _dense = new short[(int)_ids.DefaultIfEmpty(0).Max() + 1];
            Array.Fill(_dense, (short)-1);
            for (var slot = 0; slot < _ids.Length; slot++)
            {
                _dense[_ids[slot]] = (short)slot;
            }
        }
        else
        {
            _sparse = _ids.Select((id, slot) => (id, slot)).ToFrozenDictionary(pair => pair.id, pair => pair.slot);
        }
    }

    public int Count => _ids.Length;

    /// <summary>The slot of an id, or -1. Rows list columns in table order, so the slot after the last one is tried first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(long id, ref int expected)
    {
        var guess = expected;
        if ((uint)guess < (uint)_ids.Length && _ids[guess] == id)
        {
            expected = guess + 1;
            return guess;
        }

        var slot = IndexOf(id);
        if (slot >= 0)
        {
            expected = slot + 1;
        }

        return slot;
    }

    public int IndexOf(long id)
    {
        if (_dense is not null)
        {
            return (ulong)id < (ulong)_dense.Length ? _dense[id] : -1;
        }

        return _sparse!.GetValueOrDefault(id, -1);
    }

    /// <summary>Checks a value from a pair and gives it the kind of its column.</summary>
    public Datum Accept(int slot, in Datum value, int position)
    {
        var (accepted, kind) = _kinds[slot];
        if ((accepted >> (int)value.Kind & 1) == 0)
        {
            ThrowMismatch(slot, value, position);
        }

        return kind == DatumKind.Missing || kind == value.Kind || value.IsNull ? value : Convert(slot, kind, value, position);
    }

    /// <summary>The same for a value from the handle, where an unsigned integer is the signed one with its bits.</summary>
    public Datum AcceptHandle(int slot, in Datum value, int position) =>
        value.Kind == DatumKind.Int64 && _columns[slot].Type is { IsInteger: true, IsUnsigned: true }
            ? Datum.FromUInt64(value.AsUInt64)
            : Accept(slot, value, position);

    private Datum Convert(int slot, DatumKind kind, in Datum value, int position)
    {
        if (kind != DatumKind.Duration && value.AsInt64 < 0)
        {
            ThrowMismatch(slot, value, position);
        }

        return kind switch
        {
            DatumKind.Duration => Datum.FromDuration(value.AsInt64),
            DatumKind.UInt64 => Datum.FromUInt64(value.AsUInt64),
            _ => Datum.FromInt64(value.AsInt64),
        };
    }

    private void ThrowMismatch(int slot, in Datum value, int position) => TiDBFormatException.Throw(
        $"value of column {_columns[slot].Name}",
        position,
        $"type {ColumnTypeNames.Of(_columns[slot].Type)}{(_columns[slot].Type.IsUnsigned ? " unsigned" : "")}",
        $"a {value.Kind} datum{(value.Kind is DatumKind.Int64 or DatumKind.UInt64 ? $" {value.AsInt64}" : "")}");
}
