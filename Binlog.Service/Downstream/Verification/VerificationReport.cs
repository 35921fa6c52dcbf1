namespace Binlog.Service.Downstream.Verification;

/// <summary>How a target compares with what is expected, table by table.</summary>
/// <param name="Tables">The tables of both sides, by name.</param>
internal sealed record VerificationReport(IReadOnlyList<TableComparison> Tables)
{
    /// <summary>Whether every table is equal.</summary>
    public bool Equal => Tables.All(table => table.IsEqual);

    /// <summary>The tables that differ.</summary>
    public IEnumerable<TableComparison> Mismatched => Tables.Where(table => !table.IsEqual);
}
