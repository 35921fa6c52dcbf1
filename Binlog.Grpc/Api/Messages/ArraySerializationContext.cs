using System.Buffers;

namespace Grpc.Core;

/// <summary>Collects a message in an array.</summary>
internal sealed class ArraySerializationContext : SerializationContext
{
    private ArrayBufferWriter<byte>? _writer;
    private byte[]? _payload;

    public override void Complete(byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        ThrowIfCompleted();
        _payload = payload;
    }

    public override IBufferWriter<byte> GetBufferWriter()
    {
        ThrowIfCompleted();
        return _writer ??= new ArrayBufferWriter<byte>();
    }

    public override void Complete()
    {
        ThrowIfCompleted();
        _payload = _writer is null ? [] : _writer.WrittenSpan.ToArray();
    }

    public byte[] GetPayload() => _payload ?? throw new InvalidOperationException("The serializer did not call Complete.");

    private void ThrowIfCompleted()
    {
        if (_payload is not null)
        {
            throw new InvalidOperationException("The serializer called Complete twice.");
        }
    }
}
