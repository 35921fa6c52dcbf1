namespace Binlog.Service.Downstream.Verification;

/// <summary>A table as the upstream held it at the end of a recording.</summary>
/// <param name="Schema">Its database.</param>
/// <param name="Table">Its name.</param>
/// <param name="Columns">Names of its columns, in order.</param>
/// <param name="Rows">Its rows: one SQL literal per column, as the upstream printed it in a UTC session.</param>
internal sealed record FinalTable(string Schema, string Table, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);
