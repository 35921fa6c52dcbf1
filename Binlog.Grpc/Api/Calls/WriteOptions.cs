namespace Grpc.Core;

/// <summary>How a message is written. Immutable.</summary>
public class WriteOptions
{
    /// <summary>No hints.</summary>
    public static readonly WriteOptions Default = new();

    /// <summary>Creates options with the given hints.</summary>
    public WriteOptions(WriteFlags flags = WriteFlags.None) => Flags = flags;

    /// <summary>The hints.</summary>
    public WriteFlags Flags { get; }
}
