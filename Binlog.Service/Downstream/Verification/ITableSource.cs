namespace Binlog.Service.Downstream.Verification;

/// <summary>The tables of a target, for comparing.</summary>
internal interface ITableSource
{
    /// <summary>The replicated tables that the target holds; its own (checkpoints, system schemas) are not among them.</summary>
    Task<IReadOnlyList<(string Schema, string Table)>> ReadTablesAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Which of a table's columns the target has and can be compared, as indexes into <see cref="TableSchema.Columns"/>. Only virtual
    /// generated columns may be left out.
    /// </summary>
    Task<IReadOnlyList<int>> ReadColumnsAsync(TableSchema table, CancellationToken cancellationToken);

    /// <summary>The table's rows: canonical values (<see cref="CanonicalValue"/>) of the columns asked for, in their order.</summary>
    IAsyncEnumerable<string?[]> ReadRowsAsync(TableSchema table, IReadOnlyList<int> columns, CancellationToken cancellationToken);
}
