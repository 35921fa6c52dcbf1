using System.Buffers;

namespace Grpc.Core;

/// <summary>Bytes of one received message. Valid only until the deserializer returns.</summary>
public abstract class DeserializationContext
{
    /// <summary>Length of the message in bytes.</summary>
    public abstract int PayloadLength { get; }

    /// <summary>The message as an array that the caller may keep.</summary>
    public virtual byte[] PayloadAsNewBuffer() => throw new NotSupportedException("This context does not give arrays.");

    /// <summary>The message without a copy; the memory is reused after the deserializer returns.</summary>
    public virtual ReadOnlySequence<byte> PayloadAsReadOnlySequence() => throw new NotSupportedException("This context does not give sequences.");
}
