namespace Binlog.Service.Downstream.Conflicts;

/// <summary>
/// Divides a batch, while earlier ones are still under way, into rows that meet none of theirs and can be executed now, and the rest, which
/// has to wait until those are committed. Reused. Not thread-safe.
/// </summary>
internal sealed class RowDeferral
{
    private readonly TouchedKeys _deferredKeys = new();
    private bool[] _isDeferred = [];
    private RowChange[] _sorted = [];
    private RowChange[] _original = [];
    private int _originalCount;

    /// <summary>Puts the rows that can be executed now before the others; both keep their order.</summary>
    /// <returns>How many can be executed now.</returns>
    public int Split(ChangeBatch batch, ReadOnlySpan<TouchedKeys> earlier)
    {
        int count = batch.Rows.Length;
        if (_isDeferred.Length < count)
        {
            _isDeferred = new bool[Math.Max(count, 2 * _isDeferred.Length)];
            _sorted = new RowChange[_isDeferred.Length];
            _original = new RowChange[_isDeferred.Length];
        }

        _original.AsSpan(0, _originalCount).Clear();
        _originalCount = 0;
        if (earlier.IsEmpty)
        {
            return count;
        }

        _isDeferred.AsSpan(0, count).Clear();
        int deferred = Defer(batch, earlier);
        if (deferred > 0 && deferred < count)
        {
            Sort(batch, count - deferred);
        }

        return count - deferred;
    }

    /// <summary>Puts the rows back into the order that they had before <see cref="Split"/>, for one that executes all of them.</summary>
    public void Restore(ChangeBatch batch)
    {
        if (_originalCount > 0)
        {
            batch.SetRows(_original.AsSpan(0, _originalCount));
        }
    }

    /// <summary>A row that shares a key with a deferred one is deferred too: their order would change otherwise.</summary>
    private int Defer(ChangeBatch batch, ReadOnlySpan<TouchedKeys> earlier)
    {
        _deferredKeys.Clear();
        int deferred = 0;
        int before;
        do
        {
            before = deferred;
            ReadOnlySpan<RowChange> rows = batch.Rows;
            for (int index = 0; index < rows.Length; index++)
            {
                if (!_isDeferred[index] && (_deferredKeys.Meets(batch, rows[index]) || (before == 0 && MeetsAny(batch, rows[index], earlier))))
                {
                    _isDeferred[index] = true;
                    _deferredKeys.Add(batch, rows[index]);
                    deferred++;
                }
            }
        }
        while (deferred != before);
        return deferred;
    }

    private static bool MeetsAny(ChangeBatch batch, in RowChange row, ReadOnlySpan<TouchedKeys> earlier)
    {
        foreach (TouchedKeys keys in earlier)
        {
            if (keys.Meets(batch, row))
            {
                return true;
            }
        }

        return false;
    }

    private void Sort(ChangeBatch batch, int now)
    {
        ReadOnlySpan<RowChange> rows = batch.Rows;
        rows.CopyTo(_original);
        _originalCount = rows.Length;
        int first = 0;
        int later = now;
        for (int index = 0; index < rows.Length; index++)
        {
            _sorted[_isDeferred[index] ? later++ : first++] = rows[index];
        }

        batch.SetRows(_sorted.AsSpan(0, rows.Length));
        _sorted.AsSpan(0, rows.Length).Clear();
    }
}
