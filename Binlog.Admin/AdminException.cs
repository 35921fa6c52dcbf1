using System;

namespace Binlog.Admin;

/// <summary>A host refused, or nothing answers as a host does. The message says what happened; <see cref="Remedy"/> what to do.</summary>
public sealed class AdminException : Exception
{
    internal AdminException(string code, int status, string message, string? remedy, string? target, Exception? innerException = null)
        : base(message, innerException)
    {
        Code = code;
        Status = status;
        Remedy = remedy;
        Target = target;
    }

    /// <summary>One of <see cref="Contract.ErrorCodes"/>.</summary>
    public string Code { get; }

    /// <summary>HTTP status of the answer; 0 without one.</summary>
    public int Status { get; }

    /// <summary>What to do; null when the message says it.</summary>
    public string? Remedy { get; }

    /// <summary>The node, transaction, field or address that it is about.</summary>
    public string? Target { get; }
}
