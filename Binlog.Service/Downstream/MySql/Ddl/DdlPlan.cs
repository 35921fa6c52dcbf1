namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>What a schema change comes to on the target: statements to run one after the other, and the objects that show what has been done.</summary>
/// <param name="Statements">The statements; none when the change means nothing to the target.</param>
/// <param name="Objects">The objects concerned, under their old and new names.</param>
/// <param name="Database">The database that must be current while they run; null when every name is qualified.</param>
internal sealed record DdlPlan(IReadOnlyList<string> Statements, IReadOnlyList<DdlObject> Objects, string? Database = null)
{
    /// <summary>Nothing to run.</summary>
    public static DdlPlan Nothing { get; } = new([], []);
}
