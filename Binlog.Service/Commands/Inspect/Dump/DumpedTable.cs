using Binlog.Service.Downstream;

namespace Binlog.Service.Commands.Inspect.Dump;

/// <summary>What a transaction does to one table.</summary>
/// <param name="Id">The table's ID.</param>
/// <param name="Schema">Its definition; null when unknown.</param>
/// <param name="Inserts">Rows inserted.</param>
/// <param name="Updates">Rows updated.</param>
/// <param name="Deletes">Rows deleted.</param>
internal sealed record DumpedTable(long Id, TableSchema? Schema, int Inserts, int Updates, int Deletes)
{
    /// <summary>Name, or the ID.</summary>
    public override string ToString() => Schema is null ? FormattableString.Invariant($"table {Id}") : $"{Schema.SchemaName}.{Schema.TableName}";
}
