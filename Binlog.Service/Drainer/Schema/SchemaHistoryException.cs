using Binlog.Service.Hosting;

namespace Binlog.Service.Drainer.Schema;

/// <summary>The DDL history can't be read, is damaged, or contradicts what is known of the schema. The message says where and what to do.</summary>
internal sealed class SchemaHistoryException : ServiceException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What, where (file and line, or job), found, expected, what to do.</param>
    /// <param name="jobId">The job concerned; 0 when no single job is.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public SchemaHistoryException(string message, long jobId = 0, Exception? innerException = null)
        : base(message, innerException) => JobId = jobId;

    /// <summary>Whether asking again may help: a server is away.</summary>
    public bool IsTransient { get; init; }

    /// <summary>The job concerned; 0 when no single job is.</summary>
    public long JobId { get; }
}
