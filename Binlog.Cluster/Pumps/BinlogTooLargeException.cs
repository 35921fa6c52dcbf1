namespace Binlog.Cluster.Pumps;

/// <summary>A binlog is longer than the client sends or the Pump takes. The transaction can't be written; a smaller one can.</summary>
public sealed class BinlogTooLargeException : ClusterException
{
    internal BinlogTooLargeException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
