using System.Text;

namespace Binlog.Service.Commands.Inspect.Dump;

/// <summary>Which records a dump shows.</summary>
internal sealed class DumpFilter(InspectDumpOptions options)
{
    /// <summary>Whether a record is in the range, and about the table when one is given.</summary>
    public bool Matches(DumpedRecord record) =>
        record.Ts >= options.From
        && record.Ts <= options.To
        && (options.Table is null || record.Problem is not null || record.Tables.Any(Matches) || IsDdlOfTable(record));

    /// <summary>Whether a table is the one that is given.</summary>
    public bool Matches(DumpedTable table) => options.Table is null || options.Table.Matches(table.Schema?.SchemaName, table.Schema?.TableName, table.Id);

    /// <summary>A DDL whose job isn't known counts when its statement has the table's name.</summary>
    private bool IsDdlOfTable(DumpedRecord record)
    {
        TableName wanted = options.Table!;
        return record.Header.IsDdl && (record.Job is { } job
            ? wanted.Matches(job.SchemaName, job.TableName, job.TableId) || wanted.Id == job.Binlog.TableInfo?.Id
            : wanted.Id is null && Encoding.UTF8.GetString(record.Header.DdlQuery.Of(record.Binlog.Span)).Contains(wanted.Table, StringComparison.OrdinalIgnoreCase));
    }
}
