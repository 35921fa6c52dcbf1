namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>Something whose definition tells whether a DDL statement has taken effect.</summary>
/// <param name="Schema">Name of its database.</param>
/// <param name="Table">Name of the table or view; null for the database itself.</param>
/// <param name="WithContent">
/// The rows count too: the statement moves rows between tables and may leave every definition as it was. Where the rows don't differ
/// either, doing it twice changes nothing.
/// </param>
internal readonly record struct DdlObject(string Schema, string? Table, bool WithContent = false);
