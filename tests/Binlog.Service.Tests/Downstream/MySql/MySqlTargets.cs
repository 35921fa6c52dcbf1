using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>What tests of the target begin with.</summary>
internal static class MySqlTargets
{
    /// <summary>Makes a table with its database, as the first two changes of an upstream: the checkpoint is at 2, schema version 2 afterwards.</summary>
    public static async Task MakeAsync(this MySqlTarget target, TableSchema table)
    {
        await target.ApplySchemaChangeAsync(DatabaseChange(DdlActionType.CreateSchema, table.SchemaName, 1), new Checkpoint(1, 1), default);
        await target.ApplySchemaChangeAsync(Change(DdlActionType.CreateTable, null, table, "", 2), new Checkpoint(2, 2), default);
    }
}
