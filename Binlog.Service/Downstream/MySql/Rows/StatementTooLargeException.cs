namespace Binlog.Service.Downstream.MySql.Rows;

/// <summary>A statement is larger than the server takes.</summary>
internal sealed class StatementTooLargeException(RowStatement statement, int bytes) : Exception
{
    /// <summary>The statement.</summary>
    public RowStatement Statement { get; } = statement;

    /// <summary>Its size.</summary>
    public int Bytes { get; } = bytes;
}
