using System.Collections.Concurrent;
using Binlog.Service.Pump.Deciding;

namespace Binlog.Service.Tests.Pump.Deciding;

/// <summary>Answers as a test says, and notes what it was asked. Thread-safe.</summary>
internal sealed class ScriptedFate : ITransactionFate
{
    private int _underWay;
    private int _mostUnderWay;

    public string Name => "TiKV";

    /// <summary>Answers to a look for a record.</summary>
    public Func<ulong, Task<TransactionFate>> Write { get; set; } = _ => Task.FromResult(TransactionFate.Undecided("no record"));

    /// <summary>Answers to a look at the lock.</summary>
    public Func<ulong, Task<TransactionFate>> Status { get; set; } = _ => Task.FromResult(TransactionFate.Undecided("lives"));

    public ConcurrentQueue<TransactionQuestion> WritesAsked { get; } = new();

    public ConcurrentQueue<TransactionQuestion> StatusesAsked { get; } = new();

    public int UnderWay => Volatile.Read(ref _underWay);

    public int MostUnderWay => Volatile.Read(ref _mostUnderWay);

    public async ValueTask<TransactionFate> FindWriteAsync(TransactionQuestion question, CancellationToken cancellationToken)
    {
        WritesAsked.Enqueue(question);
        int underWay = Interlocked.Increment(ref _underWay);
        for (int most = MostUnderWay; underWay > most && Interlocked.CompareExchange(ref _mostUnderWay, underWay, most) != most; most = MostUnderWay)
        {
        }

        try
        {
            return await Write(question.StartTs);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    public async ValueTask<TransactionFate> CheckStatusAsync(TransactionQuestion question, CancellationToken cancellationToken)
    {
        StatusesAsked.Enqueue(question);
        return await Status(question.StartTs);
    }
}
