using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Pump.Deciding;

/// <summary>
/// The keys of the transactions that are asked about, each read from disk once: a prewrite may be 100 MB long, its key is short.
/// Holds no more keys than transactions were given last. Not thread-safe.
/// </summary>
internal sealed class PrewriteKeys(IUndecidedStore store)
{
    private Dictionary<ulong, byte[]> _keys = [];

    /// <summary>The keys by start TS, in the order of the transactions.</summary>
    public IReadOnlyList<(ulong StartTs, byte[] Key)> Read(IReadOnlyCollection<UndecidedTransaction> transactions)
    {
        var keys = new Dictionary<ulong, byte[]>();
        var read = new List<(ulong, byte[])>(transactions.Count);
        foreach (UndecidedTransaction transaction in transactions)
        {
            byte[] key = _keys.TryGetValue(transaction.StartTs, out byte[]? known) ? known : store.ReadPrewriteKey(transaction);
            keys[transaction.StartTs] = key;
            read.Add((transaction.StartTs, key));
        }

        _keys = keys;
        return read;
    }
}
