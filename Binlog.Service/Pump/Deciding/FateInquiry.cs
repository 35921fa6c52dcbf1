using Binlog.TiDB;

namespace Binlog.Service.Pump.Deciding;

/// <summary>
/// The rules by which a source of outcomes is asked about one transaction. Stateless.
/// </summary>
/// <remarks>
/// Source: tidb-binlog pump/storage/storage.go, resolve. The record of a commit or rollback is looked for at any age, because that
/// changes nothing. The lock is looked at only when the transaction is older than TiDB lets one grow, because that may roll it
/// back. Age is a difference of two TSOs, so no clock of this machine is in it.
/// </remarks>
internal static class FateInquiry
{
    /// <summary>Up to this age a transaction without a record is left alone.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(600);

    /// <summary>Asks about a transaction.</summary>
    /// <exception cref="Exception">Whatever the source throws when it can't be asked.</exception>
    public static async ValueTask<TransactionFate> AskAsync(ITransactionFate source, TransactionQuestion question, CancellationToken cancellationToken)
    {
        if (question.PrewriteKey.IsEmpty)
        {
            return TransactionFate.Undecided($"the prewrite names no key that {source.Name} could be asked for");
        }

        if (question.NewestTs == 0)
        {
            return TransactionFate.Undecided("no timestamp of the cluster is known yet");
        }

        TimeSpan age = AgeOf(question.StartTs, question.NewestTs);
        TransactionFate found = await FindWriteAsync(source, question, mayFail: age > LongestLife, cancellationToken);
        if (found.Outcome != TransactionOutcome.Undecided)
        {
            return found;
        }

        return age > LongestLife
            ? Check(source, question, await source.CheckStatusAsync(question, cancellationToken))
            : TransactionFate.Undecided($"no record of a commit or rollback, and with {age.TotalSeconds:0} s too young to be ended ({LongestLife.TotalSeconds:0} s): {found.Found}");
    }

    /// <summary>How much later the second timestamp was taken; negative when it was earlier.</summary>
    public static TimeSpan AgeOf(ulong startTs, ulong newestTs) =>
        TimeSpan.FromMilliseconds(new Tso(newestTs).PhysicalMilliseconds - new Tso(startTs).PhysicalMilliseconds);

    private static async ValueTask<TransactionFate> FindWriteAsync(ITransactionFate source, TransactionQuestion question, bool mayFail, CancellationToken cancellationToken)
    {
        try
        {
            return Check(source, question, await source.FindWriteAsync(question, cancellationToken));
        }
        catch (Exception exception) when (mayFail && !cancellationToken.IsCancellationRequested)
        {
            return TransactionFate.Undecided(exception.Message);
        }
    }

    private static TransactionFate Check(ITransactionFate source, TransactionQuestion question, TransactionFate fate) =>
        fate.Outcome == TransactionOutcome.Committed && fate.CommitTs <= question.StartTs
            ? TransactionFate.Undecided($"{source.Name} answers commit TS {fate.CommitTs}, which is not above the start TS {question.StartTs}: {fate.Found}")
            : fate;
}
