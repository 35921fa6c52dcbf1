using Binlog.Service.Hosting;

namespace Binlog.Service.Downstream;

/// <summary>A target failed or refused something. The message says what, where, and what to do.</summary>
internal sealed class TargetException : ServiceException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What, where (target, commit TS, table), found, expected, what to do.</param>
    /// <param name="isTransient">True when opening the target again and going on from its checkpoint can help (connection lost, deadlock, lock wait).</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public TargetException(string message, bool isTransient, Exception? innerException = null)
        : base(message, innerException) => IsTransient = isTransient;

    /// <summary>Whether the target refused a row because another one has its primary key or a unique key.</summary>
    public bool IsDuplicateKey { get; init; }

    /// <summary>Whether the target refused a schema change, which had no effect: it can be tried again later, or be passed over.</summary>
    public bool IsSchemaRefusal { get; init; }

    /// <summary>What to do with the process ended; null when the message says all there is to say.</summary>
    public string? Remedy { get; init; }

    /// <summary>Whether opening the target again and going on from its checkpoint can help.</summary>
    public bool IsTransient { get; }

    /// <summary>This error as the refusal of a schema change.</summary>
    /// <param name="remedy">What to do with the process ended.</param>
    public TargetException AsSchemaRefusal(string remedy) => new(Message, isTransient: false, InnerException) { IsSchemaRefusal = true, Remedy = remedy };

    /// <summary>This error with its remedy in the message, as it ends the process.</summary>
    public TargetException WithRemedy() => Remedy is null ? this : new($"{Message} {Remedy}", IsTransient, this) { IsSchemaRefusal = IsSchemaRefusal, IsDuplicateKey = IsDuplicateKey };
}
