using System.Globalization;

namespace Binlog.Service.Commands.Bench;

/// <summary>The upstream table of <c>bench apply</c>: its statements, and the DDL jobs that a Drainer reads about them.</summary>
internal static class BenchTable
{
    public const string Database = "binlogd_bench";
    public const string Table = "t";

    /// <summary>The table's comment, by which a leftover of an earlier run is told from somebody else's table.</summary>
    public const string Comment = "made by binlogd bench apply";

    public const long TableId = 101;
    public const long IdColumn = 1;
    public const long NumberColumn = 2;
    public const long TextColumn = 3;
    public const long PadColumn = 4;
    public const int TextBytes = 120;
    public const int PadBytes = 60;

    /// <summary>Schema version that rows are written under.</summary>
    public const long SchemaVersion = 2;

    public const long CreateDatabaseJob = 102;
    public const long CreateTableJob = 103;

    public const string CreateDatabase = $"CREATE DATABASE `{Database}`";

    public const string CreateTable =
        $"CREATE TABLE `{Table}` (`id` BIGINT NOT NULL PRIMARY KEY, `k` INT NOT NULL, `c` CHAR(120) NOT NULL, `pad` CHAR(60) NOT NULL) COMMENT='{Comment}'";

    private const string Text = """ "Charset":"utf8mb4","Collate":"utf8mb4_bin","Elems":null """;

    /// <summary>The job of <see cref="CreateDatabase"/>, as TiDB stores it.</summary>
    /// <param name="finishedTs">Commit TS of its binlog.</param>
    public static string DatabaseJob(ulong finishedTs) => Job(
        CreateDatabaseJob, 1, 0, CreateDatabase, 1, $$"""{"id":100,"db_name":{{Name(Database)}},"charset":"utf8mb4","collate":"utf8mb4_bin","state":5}""", "null", finishedTs);

    /// <summary>The job of <see cref="CreateTable"/>, as TiDB stores it.</summary>
    /// <param name="finishedTs">Commit TS of its binlog.</param>
    public static string TableJob(ulong finishedTs)
    {
        string columns = string.Join(
            ',',
            Column(IdColumn, "id", """{"Tp":8,"Flag":4099,"Flen":20,"Decimal":0,"Charset":"binary","Collate":"binary","Elems":null}"""),
            Column(NumberColumn, "k", """{"Tp":3,"Flag":4097,"Flen":11,"Decimal":0,"Charset":"binary","Collate":"binary","Elems":null}"""),
            Column(TextColumn, "c", $$"""{"Tp":254,"Flag":4097,"Flen":120,"Decimal":0,{{Text}}}"""),
            Column(PadColumn, "pad", $$"""{"Tp":254,"Flag":4097,"Flen":60,"Decimal":0,{{Text}}}"""));
        string table = $$"""{"id":101,"name":{{Name(Table)}},"charset":"utf8mb4","collate":"utf8mb4_bin","cols":[{{columns}}],"index_info":null,"fk_info":null,"state":5,"pk_is_handle":true,"comment":"{{Comment}}","auto_inc_id":0,"max_col_id":4,"max_idx_id":0,"update_timestamp":{{Number(finishedTs)}},"partition":null}""";
        return Job(CreateTableJob, 3, TableId, CreateTable, SchemaVersion, "null", table, finishedTs);
    }

    private static string Job(long id, int type, long tableId, string query, long schemaVersion, string database, string table, ulong finishedTs) =>
        $$"""{"id":{{Number(id)}},"type":{{Number(type)}},"schema_id":100,"table_id":{{Number(tableId)}},"state":6,"err":null,"raw_args":null,"schema_state":5,"start_ts":{{Number(finishedTs - 1)}},"query":"{{query}}","binlog":{"SchemaVersion":{{Number(schemaVersion)}},"DBInfo":{{database}},"TableInfo":{{table}},"FinishedTS":{{Number(finishedTs)}}},"version":1}""";

    private static string Column(long id, string name, string type) =>
        $$"""{"id":{{Number(id)}},"name":{{Name(name)}},"offset":{{Number(id - 1)}},"origin_default":null,"default":null,"generated_expr_string":"","generated_stored":false,"type":{{type}},"state":5,"comment":"","version":2}""";

    private static string Name(string name) => $$"""{"O":"{{name}}","L":"{{name}}"}""";

    private static string Number(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
