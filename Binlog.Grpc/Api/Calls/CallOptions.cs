using System.Diagnostics.CodeAnalysis;

namespace Grpc.Core;

/// <summary>What a caller chooses for one call. Immutable; the With methods return a changed copy.</summary>
public readonly struct CallOptions
{
    /// <summary>Creates options.</summary>
    /// <param name="headers">Metadata sent before the first message.</param>
    /// <param name="deadline">When the call must be over, UTC. <c>null</c> or <see cref="DateTime.MaxValue"/>: never.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <param name="writeOptions">How the messages of the call are written.</param>
    [SuppressMessage("Design", "CA1068:CancellationToken parameters must come last", Justification = "Generated code and callers use the order of the official API.")]
    public CallOptions(Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default, WriteOptions? writeOptions = null)
    {
        Headers = headers;
        Deadline = deadline;
        CancellationToken = cancellationToken;
        WriteOptions = writeOptions;
    }

    /// <summary>Metadata sent before the first message.</summary>
    public Metadata? Headers { get; init; }

    /// <summary>When the call must be over, UTC.</summary>
    public DateTime? Deadline { get; init; }

    /// <summary>Cancels the call.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>How the messages of the call are written.</summary>
    public WriteOptions? WriteOptions { get; init; }

    /// <summary>Copy with other headers.</summary>
    public CallOptions WithHeaders(Metadata headers) => this with { Headers = headers };

    /// <summary>Copy with another deadline, UTC.</summary>
    public CallOptions WithDeadline(DateTime deadline) => this with { Deadline = deadline };

    /// <summary>Copy with another token.</summary>
    public CallOptions WithCancellationToken(CancellationToken cancellationToken) => this with { CancellationToken = cancellationToken };

    /// <summary>Copy with other write options.</summary>
    public CallOptions WithWriteOptions(WriteOptions writeOptions) => this with { WriteOptions = writeOptions };
}
