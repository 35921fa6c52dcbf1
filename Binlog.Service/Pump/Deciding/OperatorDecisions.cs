using Binlog.Cluster.Timestamps;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Pump.Storage.Indexing;
using Binlog.TiDB;

namespace Binlog.Service.Pump.Deciding;

/// <summary>
/// Takes a person's decision about a transaction that the order waits for, checks it, and stores it with who and why. One at a
/// time, each until it has taken effect, so that of two contradicting decisions the second is told so. Thread-safe.
/// </summary>
internal sealed class OperatorDecisions(IUndecidedStore store, TimeProvider time) : IDisposable
{
    private const int MaxNameLength = 128;
    private const int MaxReasonLength = 1024;

    /// <summary>
    /// No transaction of TiDB lives longer. A commit TS with a digit too many would move this Pump's max commit TS years ahead, and every
    /// later commit would be refused.
    /// </summary>
    private static readonly TimeSpan LongestTransaction = TimeSpan.FromHours(24);

    private static readonly TimeSpan EffectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(5);

    private readonly SemaphoreSlim _deciding = new(1, 1);

    /// <summary>Decides a transaction.</summary>
    /// <param name="startTs">Its start TS.</param>
    /// <param name="commitTs">Its commit TS; null rolls it back.</param>
    /// <param name="by">Who decides, 1 to 128 characters.</param>
    /// <param name="reason">Why, 1 to 1024 characters.</param>
    /// <param name="cancellationToken">Ends the wait; what is stored by then stays.</param>
    public async Task<DecisionAnswer> DecideAsync(ulong startTs, ulong? commitTs, string by, string reason, CancellationToken cancellationToken)
    {
        string? problem = CheckText("by", by, MaxNameLength) ?? CheckText("reason", reason, MaxReasonLength) ?? CheckTimestamps(startTs, commitTs);
        if (problem is not null)
        {
            return DecisionAnswer.WrongParameter(problem);
        }

        await _deciding.WaitAsync(cancellationToken);
        try
        {
            var decision = new TransactionDecision(startTs, commitTs, by.Trim(), reason.Trim(), time.GetUtcNow());
            return await TryStoreAsync(decision) ?? await DescribeEffectAsync(decision, cancellationToken);
        }
        finally
        {
            _deciding.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _deciding.Dispose();

    private static string? CheckText(string name, string text, int maxLength) =>
        string.IsNullOrWhiteSpace(text) ? $"\"{name}\" is missing: the body must be JSON such as {{\"by\": \"who decides\", \"reason\": \"why\"}}, and both are stored with the decision."
        : text.Trim().Length > maxLength ? $"\"{name}\" has {text.Trim().Length} characters; expected at most {maxLength}."
        : text.Trim().Any(char.IsControl) ? $"\"{name}\" has control characters such as line breaks; expected one line of text."
        : null;

    private string? CheckTimestamps(ulong startTs, ulong? commitTs)
    {
        if (startTs is 0 or > TsoLimits.Max)
        {
            return $"The start TS is {startTs}; expected 1 to {TsoLimits.Max}.";
        }

        if (commitTs is not { } commit)
        {
            return null;
        }

        ulong latest = Math.Min(TsoLimits.Max, Math.Max(store.MaxSeenTs, startTs + Tso.FromParts((long)LongestTransaction.TotalMilliseconds).Value));
        return commit <= startTs ? $"The commit TS {commit} is not above the start TS {startTs}."
            : commit > latest ? $"The commit TS {commit} is more than {LongestTransaction.TotalHours:0} h after the start TS {startTs} and after everything that this Pump has seen; expected at most {latest}. No transaction lives that long; check the digits."
            : null;
    }

    private DecisionAnswer? Refuse(ulong startTs, ulong? commitTs)
    {
        bool isCommitHeld = store.Held is { Kind: PumpRecordKind.Commit } held && held.StartTs == startTs;
        return isCommitHeld && commitTs is not null ? DecisionAnswer.Conflict(
                $"The transaction of start TS {startTs} is committed already; what is missing is its prewrite. It can only be given up here: rollback.")
            : isCommitHeld || IsUndecided(startTs) ? null
            : DecisionAnswer.NotFound($"The transaction of start TS {startTs} is not undecided on this Pump: it has an outcome already, or was never written here. GET /transactions lists those that are. Nothing was stored; not found.");
    }

    /// <summary>Stores a decision; null, or why it isn't stored.</summary>
    private async Task<DecisionAnswer?> TryStoreAsync(TransactionDecision decision)
    {
        try
        {
            if (Refuse(decision.StartTs, decision.CommitTs) is { } refusal)
            {
                return refusal;
            }

            // Whoever asks may go away; then the log still tells what was stored.
            await store.DecideAsync(decision, null, CancellationToken.None);
            return null;
        }
        catch (CommitTooLateException exception)
        {
            return DecisionAnswer.Conflict($"{exception.Message} A prewrite that came after its own commit is a copy of one that another Pump has: it can be rolled back here without a loss.");
        }
        catch (PumpStoreException exception)
        {
            return DecisionAnswer.Conflict(exception.Message);
        }
        catch (Exception exception) when (exception is RelayLogException or IndexReadException or IndexDamagedException)
        {
            return DecisionAnswer.Unavailable($"The decision was not stored: {exception.Message}");
        }
        catch (Exception exception) when (exception is ServiceException or TiDBFormatException)
        {
            return DecisionAnswer.Conflict(
                $"The decision was not stored: the transaction's prewrite can't be read, and a commit needs its key: {exception.Message} GET /debug/binlog/{decision.StartTs} shows it; rolled back, it holds nothing up.");
        }
    }

    private async Task<DecisionAnswer> DescribeEffectAsync(TransactionDecision decision, CancellationToken cancellationToken)
    {
        try
        {
            return await FindEffectAsync(decision, cancellationToken);
        }
        catch (Exception exception) when (exception is IndexReadException or IndexDamagedException)
        {
            return DecisionAnswer.Done(decision, $"The decision is stored, the transaction of start TS {decision.StartTs} is to be {Describe(decision.CommitTs)}; whether it has taken effect can't be seen: {exception.Message}");
        }
    }

    private async Task<DecisionAnswer> FindEffectAsync(TransactionDecision decision, CancellationToken cancellationToken)
    {
        string outcome = Describe(decision.CommitTs);
        if (!await TakesEffectAsync(decision.StartTs, cancellationToken))
        {
            return DecisionAnswer.Done(decision, $"The decision is stored, the transaction of start TS {decision.StartTs} is to be {outcome}, but the order has not taken it up yet; see ErrMsg of /status and the Pump's log.");
        }

        ulong? stored = store.FindFate(decision.StartTs) is { } fate ? CommitTsOf(fate) : decision.CommitTs;
        return stored == decision.CommitTs
            ? DecisionAnswer.Done(decision, $"The transaction of start TS {decision.StartTs} is {outcome}.")
            : DecisionAnswer.Conflict($"The transaction of start TS {decision.StartTs} is {Describe(stored)}: its writer's own outcome came in between, and the first one stays. The decision, {outcome}, is in the Pump's log and has no effect.");
    }

    private static ulong? CommitTsOf(TransactionFate fate) => fate.Outcome == TransactionOutcome.Committed ? fate.CommitTs : null;

    private static string Describe(ulong? commitTs) => commitTs is { } at ? $"committed at {at}" : "rolled back";

    private async Task<bool> TakesEffectAsync(ulong startTs, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        TimeSpan delay = FirstLook;
        while (store.Held?.StartTs == startTs || IsUndecided(startTs))
        {
            if (time.GetElapsedTime(started) >= EffectTimeout)
            {
                return false;
            }

            await Task.Delay(delay, time, cancellationToken);
            delay *= 2;
        }

        return true;
    }

    private bool IsUndecided(ulong startTs) => store.FindFate(startTs)?.Outcome == TransactionOutcome.Undecided;
}
