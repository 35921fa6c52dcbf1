using Binlog.Cluster.Contracts.Pd;

namespace Binlog.Cluster.Pd;

/// <summary>PD answered a request with an error in the answer's header.</summary>
internal sealed class PdErrorException : ClusterException
{
    /// <summary>Creates the error of a header.</summary>
    /// <param name="method">Name of the method.</param>
    /// <param name="url">Who answered.</param>
    /// <param name="error">The header's error.</param>
    public PdErrorException(string method, string url, Error error)
        : base(
            $"PD at {url} answers {method} with the error {NameOf(error.Type)}: {error.Message.TrimEnd('.')}.",
            isTransient: (error.Type == ErrorType.Unknown && !PdAnswers.IsNoSuchStore(error.Message)) || error.Type == ErrorType.NotBootstrapped) => Error = error;

    /// <summary>What PD said.</summary>
    public Error Error { get; }

    private static string NameOf(ErrorType type) => type switch
    {
        ErrorType.Unknown => "UNKNOWN",
        ErrorType.NotBootstrapped => "NOT_BOOTSTRAPPED (no TiKV store has joined the cluster yet)",
        ErrorType.StoreTombstone => "STORE_TOMBSTONE",
        ErrorType.AlreadyBootstrapped => "ALREADY_BOOTSTRAPPED",
        ErrorType.IncompatibleVersion => "INCOMPATIBLE_VERSION",
        ErrorType.RegionNotFound => "REGION_NOT_FOUND",
        ErrorType.EntryNotFound => "ENTRY_NOT_FOUND",
        _ => $"{(int)type}",
    };
}
