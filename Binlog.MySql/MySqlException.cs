using Binlog.MySql.Errors;

namespace Binlog.MySql;

/// <summary>The root of everything that goes wrong with a server: its own errors, lost connections, refused logins.</summary>
/// <remarks>Only cancellation (<see cref="OperationCanceledException"/>) and wrong use (<see cref="InvalidOperationException"/>,
/// <see cref="ArgumentException"/>) are reported otherwise.</remarks>
public class MySqlException : Exception
{
    internal const string GeneralState = "HY000";
    internal const string ConnectionState = "08S01";

    internal MySqlException(int code, string sqlState, string message, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        SqlState = sqlState;
        IsConnectionLost = MySqlErrorCode.IsConnectionLost(code);
        IsTransient = MySqlErrorCode.IsTransient(code, sqlState);
    }

    /// <summary>Error number: the server's, or for errors found by this side one of the C client's (2000-2999).</summary>
    public int Code { get; }

    /// <summary>SQLSTATE, five characters.</summary>
    public string SqlState { get; }

    /// <summary>Whether trying again can help. docs/formats/mysql-protocol.md has the table.</summary>
    public bool IsTransient { get; }

    /// <summary>Whether the connection can't be used any more. What a running statement did is unknown then.</summary>
    public bool IsConnectionLost { get; }

    /// <summary>The statement, shortened, with every long literal cut; null when the error belongs to no statement.</summary>
    public string? Statement { get; internal set; }

    internal static MySqlException Lost(string message, Exception? inner = null) =>
        new(MySqlErrorCode.ServerLost, ConnectionState, message, inner);
}
