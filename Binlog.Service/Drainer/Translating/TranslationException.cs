using Binlog.Service.Hosting;

namespace Binlog.Service.Drainer.Translating;

/// <summary>A binlog can't be translated into row changes. The message names the commit TS, the place and the remedy.</summary>
internal sealed class TranslationException : ServiceException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What, where, found, expected, what to do.</param>
    /// <param name="commitTs">Commit TS of the transaction.</param>
    /// <param name="tableId">The table concerned; 0 when it isn't about one.</param>
    /// <param name="schemaVersion">Schema version that the transaction's rows are encoded under.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public TranslationException(string message, ulong commitTs, long tableId, long schemaVersion, Exception? innerException = null)
        : base(message, innerException)
    {
        CommitTs = commitTs;
        TableId = tableId;
        SchemaVersion = schemaVersion;
    }

    /// <summary>Commit TS of the transaction.</summary>
    public ulong CommitTs { get; }

    /// <summary>The table concerned; 0 when it isn't about one.</summary>
    public long TableId { get; }

    /// <summary>Schema version that the transaction's rows are encoded under.</summary>
    public long SchemaVersion { get; }
}
