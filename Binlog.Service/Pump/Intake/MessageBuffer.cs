using System.Buffers;

namespace Binlog.Service.Pump.Intake;

/// <summary>Memory for one message: pooled when it is small, otherwise given back to the operating system on disposal.</summary>
internal sealed class MessageBuffer : IDisposable
{
    private const int LargestPooled = 1 << 20;

    private byte[]? _pooled;
    private MappedMemory? _mapped;

    /// <param name="length">In bytes; at least 0.</param>
    public MessageBuffer(int length)
    {
        if (length > LargestPooled)
        {
            _mapped = new MappedMemory(length);
            Memory = _mapped.Memory;
        }
        else
        {
            _pooled = ArrayPool<byte>.Shared.Rent(length);
            Memory = _pooled.AsMemory(0, length);
        }
    }

    /// <summary>Exactly the length that was asked for. Valid until disposal.</summary>
    public Memory<byte> Memory { get; private set; }

    /// <inheritdoc />
    public void Dispose()
    {
        Memory = default;
        if (_pooled is not null)
        {
            ArrayPool<byte>.Shared.Return(_pooled);
            _pooled = null;
        }

        ((IDisposable?)_mapped)?.Dispose();
        _mapped = null;
    }
}
