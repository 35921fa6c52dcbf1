namespace Grpc.Core;

/// <summary>Hints about a written message.</summary>
[Flags]
public enum WriteFlags
{
    /// <summary>No hint.</summary>
    None = 0,

    /// <summary>More messages follow at once: the message may wait in a buffer for them.</summary>
    BufferHint = 1,

    /// <summary>The message is sent uncompressed even if the call uses compression.</summary>
    NoCompress = 2,
}
