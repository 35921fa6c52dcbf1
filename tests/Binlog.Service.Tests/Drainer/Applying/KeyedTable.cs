using System.Text;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Tests.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Translating;
using Binlog.TiDB.Schema;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>A relay log that makes the table <c>large.t (id BIGINT PRIMARY KEY, u INT NOT NULL UNIQUE, v VARCHAR(40) UNIQUE, w VARCHAR(4000))</c> and then changes its rows.</summary>
internal sealed class KeyedTable : IDisposable
{
    private const long TableId = 101;
    private const long SchemaVersion = 2;

    private readonly RelayFolder _folder = new();
    private readonly TemporaryDirectory _files = new();
    private Relay? _relay;

    public KeyedTable(string collation = "utf8mb4_bin")
    {
        Jobs = [DatabaseJob, TableJob(collation)];
        File.WriteAllLines(_files.Combine("jobs.jsonl"), Jobs);
        History = new FileSchemaHistory(_files.Combine("jobs.jsonl"));
    }

    public FileSchemaHistory History { get; }

    public string HistoryFile => _files.Combine("jobs.jsonl");

    public string RelayPath => _folder.Path;

    public Relay Relay => _relay ?? throw new InvalidOperationException("Nothing is written yet.");

    private string[] Jobs { get; }

    private static string DatabaseJob =>
        """{"id":102,"type":1,"schema_id":100,"table_id":0,"state":6,"err":null,"raw_args":null,"schema_state":5,"start_ts":9,"query":"CREATE DATABASE `large`","binlog":{"SchemaVersion":1,"DBInfo":{"id":100,"db_name":{"O":"large","L":"large"},"charset":"utf8mb4","collate":"utf8mb4_bin","state":5},"TableInfo":null,"FinishedTS":10},"version":1}""";

    /// <summary>The begin of a transaction.</summary>
    public static BinlogBuilder Begin() => new BinlogBuilder(SchemaVersion).Table(TableId);

    /// <summary>Fills the relay log: table, then the transactions.</summary>
    public async Task WriteAsync(params ReadOnlyMemory<byte>[] transactions)
    {
        _relay = await _folder.OpenAsync();
        var writer = new RelayWriter(_relay, History, TimeProvider.System, NullLogger.Instance);
        await writer.StartAtAsync(0, default);
        List<MergedBinlog> batch =
        [
            RelayFolder.Transaction(BinlogBuilder.Ddl(10, DdlJob.Parse(Encoding.UTF8.GetBytes(Jobs[0])), "CREATE DATABASE `large`")),
            RelayFolder.Transaction(BinlogBuilder.Ddl(20, DdlJob.Parse(Encoding.UTF8.GetBytes(Jobs[1])), "CREATE TABLE t (id BIGINT PRIMARY KEY, u INT NOT NULL UNIQUE, v VARCHAR(40) UNIQUE, w VARCHAR(4000))")),
            .. transactions.Select(RelayFolder.Transaction),
        ];
        await writer.WriteAsync(batch, default);
    }

    public void Dispose()
    {
        _relay?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        History.Dispose();
        _folder.Dispose();
        _files.Dispose();
    }

    private static string TableJob(string collation)
    {
        string text = $$""" "Charset":"utf8mb4","Collate":"{{collation}}","Elems":null """;
        string columns = string.Join(
            ',',
            Column(1, "id", """{"Tp":8,"Flag":4099,"Flen":20,"Decimal":0,"Charset":"binary","Collate":"binary","Elems":null}"""),
            Column(2, "u", """{"Tp":3,"Flag":4097,"Flen":11,"Decimal":0,"Charset":"binary","Collate":"binary","Elems":null}"""),
            Column(3, "v", $$"""{"Tp":15,"Flag":0,"Flen":40,"Decimal":0,{{text}}}"""),
            Column(4, "w", $$"""{"Tp":15,"Flag":0,"Flen":4000,"Decimal":0,{{text}}}"""));
        string table = $$"""{"id":101,"name":{"O":"t","L":"t"},"charset":"utf8mb4","collate":"{{collation}}","cols":[{{columns}}],"index_info":[{{Index(1, "u", 1)}},{{Index(2, "v", 2)}}],"fk_info":null,"state":5,"pk_is_handle":true,"comment":"","auto_inc_id":0,"max_col_id":4,"max_idx_id":2,"update_timestamp":20,"partition":null}""";
        return $$"""{"id":103,"type":3,"schema_id":100,"table_id":101,"state":6,"err":null,"raw_args":null,"schema_state":5,"start_ts":19,"query":"CREATE TABLE t","binlog":{"SchemaVersion":2,"DBInfo":null,"TableInfo":{{table}},"FinishedTS":20},"version":1}""";
    }

    private static string Column(int id, string name, string type) =>
        $$"""{"id":{{id}},"name":{"O":"{{name}}","L":"{{name}}"},"offset":{{id - 1}},"origin_default":null,"default":null,"generated_expr_string":"","generated_stored":false,"type":{{type}},"state":5,"comment":"","version":2}""";

    private static string Index(int id, string column, int offset) =>
        $$"""{"id":{{id}},"idx_name":{"O":"{{column}}","L":"{{column}}"},"tbl_name":{"O":"","L":""},"idx_cols":[{"name":{"O":"{{column}}","L":"{{column}}"},"offset":{{offset}},"length":-1}],"is_unique":true,"is_primary":false,"state":5,"comment":"","index_type":1}""";
}
