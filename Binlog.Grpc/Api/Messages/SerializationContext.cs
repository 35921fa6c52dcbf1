using System.Buffers;

namespace Grpc.Core;

/// <summary>Where a serializer puts a message. Used for one message, by one thread.</summary>
public abstract class SerializationContext
{
    /// <summary>Hands over the whole message. Ends the serialization.</summary>
    public virtual void Complete(byte[] payload) => throw new NotSupportedException("This context does not take arrays.");

    /// <summary>A writer to which the message is appended.</summary>
    public virtual IBufferWriter<byte> GetBufferWriter() => throw new NotSupportedException("This context has no buffer writer.");

    /// <summary>Announces the exact length in bytes; to be called before <see cref="GetBufferWriter"/>.</summary>
    public virtual void SetPayloadLength(int payloadLength)
    {
    }

    /// <summary>Ends a serialization that used <see cref="GetBufferWriter"/>.</summary>
    public virtual void Complete() => throw new NotSupportedException("This context has no buffer writer.");
}
