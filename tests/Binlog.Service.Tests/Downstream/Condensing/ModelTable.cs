using Binlog.Service.Downstream;
using Binlog.TiDB.Codec;

namespace Binlog.Service.Tests.Downstream.Condensing;

/// <summary>A table of integers with a primary key (column 0) and a unique key that may be NULL (column 1), which it keeps.</summary>
internal sealed class ModelTable
{
    private readonly Dictionary<int, object?[]> _rows = [];

    /// <summary>The rows, by key.</summary>
    public IEnumerable<string> Rows => _rows.OrderBy(row => row.Key).Select(row => string.Join(',', row.Value.Select(value => value ?? "NULL")));

    public static object?[] Row(ReadOnlySpan<Datum> values) => [.. values.ToArray().Select(value => value.IsNull ? null : (object?)(int)value.AsInt64)];

    public ModelTable Copy()
    {
        var copy = new ModelTable();
        foreach ((int key, object?[] row) in _rows)
        {
            copy._rows.Add(key, row);
        }

        return copy;
    }

    /// <summary>One of the rows; null when there is none.</summary>
    public object?[]? Any(int choice) => _rows.Count == 0 ? null : _rows.OrderBy(row => row.Key).ElementAt(choice % _rows.Count).Value;

    public bool TryInsert(object?[] row) => !IsTaken(row, except: null) && _rows.TryAdd((int)row[0]!, row);

    public bool TryDelete(object?[] row) => _rows.TryGetValue((int)row[0]!, out object?[]? found) && found.SequenceEqual(row) && _rows.Remove((int)row[0]!);

    public bool TryUpdate(object?[] old, object?[] row)
    {
        if (!_rows.TryGetValue((int)old[0]!, out object?[]? found) || !found.SequenceEqual(old) || IsTaken(row, (int)old[0]!)
            || ((int)row[0]! != (int)old[0]! && _rows.ContainsKey((int)row[0]!)))
        {
            return false;
        }

        _rows.Remove((int)old[0]!);
        _rows.Add((int)row[0]!, row);
        return true;
    }

    /// <summary>Makes a change that may have been made before, as a REPLACE and a DELETE of what may be missing do.</summary>
    public void Repeat(RowChangeKind kind, object?[] old, object?[] row)
    {
        if (kind == RowChangeKind.Delete)
        {
            _rows.Remove((int)old[0]!);
            return;
        }

        Assert.Equal(RowChangeKind.Insert, kind);
        foreach (object?[] other in _rows.Values.Where(other => other[0]!.Equals(row[0]) || (row[1] is int unique && other[1] is int taken && taken == unique)).ToArray())
        {
            _rows.Remove((int)other[0]!);
        }

        _rows.Add((int)row[0]!, row);
    }

    private bool IsTaken(object?[] row, int? except) => row[1] is int unique && _rows.Any(other => other.Key != except && other.Value[1] is int taken && taken == unique);
}
