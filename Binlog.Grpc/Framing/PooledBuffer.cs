using System.Buffers;
using Grpc.Core;

namespace Binlog.Grpc.Framing;

/// <summary>One growing array from the shared pool, up to a limit. Not safe for concurrent use. Dispose gives the array back.</summary>
internal sealed class PooledBuffer(int maxBytes, Func<long, int, RpcException> tooLarge) : IBufferWriter<byte>, IDisposable
{
    private const int MinimumBytes = 256;

    private byte[] _array = [];
    private int _length;

    public int Length => _length;

    public ReadOnlyMemory<byte> WrittenMemory => _array.AsMemory(0, _length);

    public Span<byte> WrittenSpan => _array.AsSpan(0, _length);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _array.Length - _length);
        _length += count;
        if (_length > maxBytes)
        {
            throw tooLarge(_length, maxBytes);
        }
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(Math.Max(sizeHint, 1));
        return _array.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Makes room for at least so many more bytes.</summary>
    public void EnsureRoom(int count)
    {
        if (_array.Length - _length >= count)
        {
            return;
        }

        // Twice the size each time keeps copying linear. The limit is enforced by Advance, so that the last hint of a
        // writer may reach beyond it.
        if ((long)_length + count > Array.MaxLength)
        {
            throw tooLarge((long)_length + count, maxBytes);
        }

        var wanted = Math.Max((long)_length + count, Math.Min(2L * _array.Length, Array.MaxLength));
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(wanted, MinimumBytes), Array.MaxLength));
        _array.AsSpan(0, _length).CopyTo(larger);
        Return();
        _array = larger;
    }

    public void Clear() => _length = 0;

    public void Dispose()
    {
        Return();
        _array = [];
        _length = 0;
    }

    private void Return()
    {
        if (_array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }
    }
}
