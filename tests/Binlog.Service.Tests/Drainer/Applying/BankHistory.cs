using Binlog.MySql;
using Binlog.Service.Commands.Bench;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Tests.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Translating;
using Binlog.TiDB.Schema;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>A relay log with the transfers of a <see cref="BankLedger"/>.</summary>
internal sealed class BankHistory : IDisposable
{
    private readonly RelayFolder _folder = new();
    private readonly TemporaryDirectory _files = new();
    private readonly BankLedger _ledger;
    private Relay? _relay;

    public BankHistory(int accounts, int transfers, int seed)
    {
        _ledger = new BankLedger(accounts, seed);
        Transfers = transfers;
        File.WriteAllLines(_files.Combine("jobs.jsonl"), [BenchTable.DatabaseJob(10), BenchTable.TableJob(20)]);
        History = new FileSchemaHistory(_files.Combine("jobs.jsonl"));
    }

    public int Transfers { get; }

    public FileSchemaHistory History { get; }

    public Relay Relay => _relay ?? throw new InvalidOperationException("Nothing is written yet.");

    public ulong LastCommitTs => CommitTsOf(Transfers);

    public void Dispose()
    {
        _relay?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        History.Dispose();
        _folder.Dispose();
        _files.Dispose();
    }

    /// <summary>Fills the relay log.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        _relay = await _folder.OpenAsync();
        var writer = new RelayWriter(_relay, History, TimeProvider.System, NullLogger.Instance);
        await writer.StartAtAsync(0, cancellationToken);
        List<MergedBinlog> batch =
        [
            RelayFolder.Transaction(BinlogBuilder.Ddl(10, DdlJob.Parse(System.Text.Encoding.UTF8.GetBytes(BenchTable.DatabaseJob(10))), BenchTable.CreateDatabase)),
            RelayFolder.Transaction(BinlogBuilder.Ddl(20, DdlJob.Parse(System.Text.Encoding.UTF8.GetBytes(BenchTable.TableJob(20))), BenchTable.CreateTable)),
            RelayFolder.Transaction(_ledger.Opening().Commit(CommitTsOf(0))),
        ];
        for (int transfer = 1; transfer <= Transfers; transfer++)
        {
            batch.Add(RelayFolder.Transaction(_ledger.Transfer().Commit(CommitTsOf(transfer))));
            if (batch.Count == 200 || transfer == Transfers)
            {
                await writer.WriteAsync(batch, cancellationToken);
                batch = [];
            }
        }
    }

    /// <inheritdoc cref="BankLedger.LookAsync"/>
    public Task<int?> LookAsync(MySqlConnection connection) => _ledger.LookAsync(connection);

    private static ulong CommitTsOf(int transfer) => 100 + (10 * (ulong)transfer);
}
