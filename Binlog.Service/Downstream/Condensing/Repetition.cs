namespace Binlog.Service.Downstream.Condensing;

/// <summary>What a target may hold already of the changes of a batch.</summary>
internal enum Repetition : byte
{
    /// <summary>Nothing: a row that is there, or missing, against expectation is an error.</summary>
    None,

    /// <summary>Any part of them in tables that are divisible (<see cref="TableSchema.IsDivisible"/>), nothing in others: so after applying in parts was interrupted.</summary>
    Parts,

    /// <summary>Any part of them, and of those that come later: so in a target that was loaded by hand.</summary>
    Anything,
}
