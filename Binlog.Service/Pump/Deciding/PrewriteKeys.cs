using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Pump.Deciding;

/// <summary>
/// The keys of the transactions that are asked about, each read from disk once: a prewrite may be 100 MB long, its key is short.
/// Not thread-safe.
/// </summary>
internal sealed class PrewriteKeys(IUndecidedStore store)
{
    private readonly Dictionary<ulong, byte[]> _keys = [];

    /// <summary>The key of a transaction.</summary>
    /// <exception cref="Exception">The prewrite can't be read, or is no binlog.</exception>
    public byte[] Get(UndecidedTransaction transaction)
    {
        if (!_keys.TryGetValue(transaction.StartTs, out byte[]? key))
        {
            key = store.ReadPrewriteKey(transaction);
            _keys.Add(transaction.StartTs, key);
        }

        return key;
    }

    /// <summary>Forgets the keys of all other transactions.</summary>
    public void KeepOnly(IEnumerable<UndecidedTransaction> transactions)
    {
        HashSet<ulong> kept = [.. transactions.Select(transaction => transaction.StartTs)];
        foreach (ulong startTs in _keys.Keys.Where(startTs => !kept.Contains(startTs)).ToArray())
        {
            _keys.Remove(startTs);
        }
    }
}
