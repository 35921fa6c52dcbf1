using System.Collections.Concurrent;
using Binlog.Cluster.Timestamps;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Deciding;

/// <summary>
/// Asks how transactions ended while the order waits for one, and stores what it is told. A task of its own: it holds no lock of
/// the store, so writers and pullers never wait for an answer. <see cref="StepAsync"/> has one caller at a time; the properties are thread-safe.
/// </summary>
internal sealed partial class FateLoop(IUndecidedStore store, ITransactionFate source, ITsoSource tso, TimeProvider time, ILogger logger)
{
    /// <summary>How many transactions are asked about in one round.</summary>
    public const int MaxAsked = 64;

    /// <summary>How many questions are under way at a time.</summary>
    public const int MaxParallel = 16;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(30);

    /// <summary>A writer's own commit usually comes before this.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    private readonly PrewriteKeys _keys = new(store);
    private IReadOnlyDictionary<ulong, string> _answers = new Dictionary<ulong, string>();
    private readonly ConcurrentDictionary<ulong, (ulong? CommitTs, LogPosition Position)> _stored = new();
    private long _decisions;
    private long _failures;
    private bool _saidFailed;

    /// <summary>Name of the source.</summary>
    public string SourceName => source.Name;

    /// <summary>How many transactions were decided; one whose writer's own outcome came first isn't counted.</summary>
    public long Decisions => Interlocked.Read(ref _decisions);

    /// <summary>How many times the source could not be asked, or its answer not be stored.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>What the last round found about those that are still undecided, by start TS.</summary>
    public IReadOnlyDictionary<ulong, string> Answers => Volatile.Read(ref _answers);

    /// <summary>Asks every second, more rarely while nothing can be asked, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeSpan delay = Interval;
        while (true)
        {
            await Task.Delay(delay, time, cancellationToken);
            delay = await StepAsync(cancellationToken) ? Interval : TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LongestInterval.Ticks));
        }
    }

    /// <summary>One round of questions, if the order has waited long enough.</summary>
    /// <returns>False when there was something to ask and nothing could be asked.</returns>
    public async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        var round = new Round();
        try
        {
            CountDecisions();
            if (store.Held is { } held && time.GetUtcNow() - held.Since >= Patience)
            {
                await AskAsync(held, round, cancellationToken);
            }

            CountDecisions();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Fail(round, exception);
        }

        Volatile.Write(ref _answers, round.Answers);
        if (round.Failures == 0 && round.Successes > 0)
        {
            _saidFailed = false;
        }

        return round.Failures == 0 || round.Successes > 0;
    }

    private async Task AskAsync(HeldOrder held, Round round, CancellationToken cancellationToken)
    {
        ulong newestTs = await tso.ObserveAsync(store.MaxSeenTs, cancellationToken);
        List<TransactionQuestion> questions = MakeQuestions(Choose(held, newestTs), newestTs, round, cancellationToken);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(questions, parallel, async (question, token) =>
        {
            try
            {
                await DecideAsync(question, round, token);
                Interlocked.Increment(ref round.Successes);
            }
            catch (Exception exception) when (!token.IsCancellationRequested)
            {
                round.Answers[question.StartTs] = $"{source.Name} can't be asked: {exception.Message}";
                Fail(round, exception);
            }
        });
    }

    /// <summary>Reads keys one after the other, because a prewrite may be large. One that can't be read keeps no other from being asked about.</summary>
    private List<TransactionQuestion> MakeQuestions(List<UndecidedTransaction> transactions, ulong newestTs, Round round, CancellationToken cancellationToken)
    {
        _keys.KeepOnly(transactions);
        var questions = new List<TransactionQuestion>();
        foreach (UndecidedTransaction transaction in transactions)
        {
            try
            {
                questions.Add(new TransactionQuestion(transaction.StartTs, _keys.Get(transaction), newestTs));
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                round.Answers[transaction.StartTs] = $"its prewrite can't be read: {exception.Message}";
                Fail(round, exception);
            }
        }

        return questions;
    }

    /// <summary>
    /// What the order waits for comes first; of the others, those whose own outcome should have come by now. What is stored and not taken up
    /// yet would only be stored again.
    /// </summary>
    private List<UndecidedTransaction> Choose(HeldOrder held, ulong newestTs)
    {
        var chosen = new List<UndecidedTransaction>();
        if (held.Kind == PumpRecordKind.Prewrite && !_stored.ContainsKey(held.StartTs))
        {
            chosen.Add(new UndecidedTransaction(held.StartTs, held.Position));
        }

        chosen.AddRange(store.ListUndecided(MaxAsked)
            .Where(transaction => transaction.StartTs != held.StartTs && !_stored.ContainsKey(transaction.StartTs) && FateInquiry.AgeOf(transaction.StartTs, newestTs) >= Patience)
            .Take(MaxAsked - chosen.Count));
        return chosen;
    }

    private async Task DecideAsync(TransactionQuestion question, Round round, CancellationToken cancellationToken)
    {
        TransactionFate fate = await AskInTimeAsync(question, cancellationToken);
        if (fate.Outcome == TransactionOutcome.Undecided)
        {
            round.Answers[question.StartTs] = fate.Found;
            return;
        }

        try
        {
            await StoreAsync(question, fate, cancellationToken);
        }
        catch (PumpStoreException exception)
        {
            round.Answers[question.StartTs] = $"the answer of {source.Name} was not taken: {exception.Message}";
            LogNotTaken(question.StartTs, source.Name, exception.Message);
        }
    }

    private async Task StoreAsync(TransactionQuestion question, TransactionFate fate, CancellationToken cancellationToken)
    {
        try
        {
            await StoreAsync(question, fate.Outcome == TransactionOutcome.Committed ? fate.CommitTs : null, fate.Found, cancellationToken);
        }
        catch (PumpStoreException exception) when (exception is CommitTooLateException or DecisionTooLateException)
        {
            await StoreAsync(question, null, DescribeVoid(fate), cancellationToken);
        }
    }

    private async Task<TransactionFate> AskInTimeAsync(TransactionQuestion question, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(AnswerTimeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await FateInquiry.AskAsync(source, question, stop.Token).AsTask().WaitAsync(stop.Token);
        }
        catch (OperationCanceledException exception) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ServiceException($"{source.Name} has not answered about start TS {question.StartTs} for {AnswerTimeout.TotalSeconds:0} s.", exception);
        }
    }

    private async Task StoreAsync(TransactionQuestion question, ulong? commitTs, string found, CancellationToken cancellationToken)
    {
        LogPosition position = await store.DecideAsync(new TransactionDecision(question.StartTs, commitTs, source.Name, found, time.GetUtcNow()), question.PrewriteKey, cancellationToken);
        _stored[question.StartTs] = (commitTs, position);
    }

    /// <summary>
    /// Counts what was stored when the order has taken it up, because only then it is known whose outcome was the first. What had no effect, because
    /// it could not be in its place any more, is asked about again.
    /// </summary>
    private void CountDecisions()
    {
        foreach ((ulong startTs, (ulong? commitTs, LogPosition position)) in _stored)
        {
            bool isTakenUp = store.HasSorted(position);
            TransactionFate? fate = store.FindFate(startTs);
            bool isUndecided = fate?.Outcome == TransactionOutcome.Undecided;
            if (!isUndecided || isTakenUp)
            {
                _stored.TryRemove(startTs, out _);
            }

            if (isUndecided)
            {
                continue;
            }

            if (fate is not { } known || (known.Outcome, known.CommitTs) == (commitTs is null ? TransactionOutcome.RolledBack : TransactionOutcome.Committed, commitTs ?? 0))
            {
                Interlocked.Increment(ref _decisions);
            }
        }
    }

    /// <summary>
    /// A prewrite that was acknowledged before its commit TS was taken stands in the log before everything with that TS or a greater one. So
    /// this one was not: the writer commits on the acknowledgement of another Pump, or of an earlier copy here, and that one is served.
    /// </summary>
    private static string DescribeVoid(TransactionFate fate) =>
        $"{fate.Found}; committed at {fate.CommitTs}, but this Pump had that or a greater commit TS before this prewrite, so it is a copy that came after the commit: void here, served where the writer got its acknowledgement";

    private void Fail(Round round, Exception exception)
    {
        Interlocked.Increment(ref round.Failures);
        Interlocked.Increment(ref _failures);
        if (!Interlocked.Exchange(ref _saidFailed, true))
        {
            LogFailed(source.Name, exception.Message);
        }
    }

    [LoggerMessage(EventIds.PumpDecisionNotTaken, LogLevel.Debug, "The transaction of start TS {StartTs} got its outcome while {By} was asked: {Reason}")]
    private partial void LogNotTaken(ulong startTs, string by, string reason);

    [LoggerMessage(EventIds.PumpFateFailed, LogLevel.Warning, "{Source} can't be asked how a transaction ended, and the order waits for it; it is asked again: {Reason}")]
    private partial void LogFailed(string source, string reason);

    /// <summary>What happens in one round; its counters are changed by several questions at a time.</summary>
    private sealed class Round
    {
        public int Failures;
        public int Successes;

        public ConcurrentDictionary<ulong, string> Answers { get; } = new();
    }
}
