using System.Diagnostics.CodeAnalysis;

namespace Binlog.Service.Pump.Storage.Indexing;

/// <summary>The full blocks that were used last, shared by all who read the index. Bounded. Thread-safe.</summary>
/// <param name="capacity">How many blocks (128 KiB each) are kept.</param>
internal sealed class BlockCache(int capacity)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, LinkedListNode<IndexBlock>> _byNumber = [];
    private readonly LinkedList<IndexBlock> _byUse = new();

    public bool TryGet(long number, [NotNullWhen(true)] out IndexBlock? block)
    {
        lock (_gate)
        {
            if (!_byNumber.TryGetValue(number, out LinkedListNode<IndexBlock>? node))
            {
                block = null;
                return false;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            block = node.Value;
            return true;
        }
    }

    public void Add(IndexBlock block)
    {
        lock (_gate)
        {
            if (_byNumber.ContainsKey(block.Number))
            {
                return;
            }

            _byNumber.Add(block.Number, _byUse.AddFirst(block));
            if (_byNumber.Count > capacity)
            {
                _byNumber.Remove(_byUse.Last!.Value.Number);
                _byUse.RemoveLast();
            }
        }
    }
}
