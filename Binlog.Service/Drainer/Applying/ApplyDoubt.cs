using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;

namespace Binlog.Service.Drainer.Applying;

/// <summary>
/// What a target may hold beyond its checkpoint when a session begins. It is applied as changes that may have been made before, exactly up to where it may go; from there on
/// a row that is there, or missing, against expectation is an error again.
/// </summary>
internal sealed class ApplyDoubt(ITarget target)
{
    /// <summary>Whether anything is in doubt behind a commit TS.</summary>
    public bool IsAfter(ulong commitTs) => UpTo > commitTs;

    /// <summary>Up to where.</summary>
    public ulong UpTo => Math.Max(target.AnyUpTo, target.PartsUpTo);

    /// <summary>Whether a group must end before a transaction, because the doubt does.</summary>
    public bool MustEnd(ApplyGroup group, ulong commitTs) => !group.IsEmpty && Of(group.Checkpoint.CommitTs) != Of(commitTs);

    /// <summary>Whether a group lacks transactions that were one transaction of the target together with its own, and so must not go yet, however large it is.</summary>
    public bool Lacks(ApplyGroup group) => target.IsInDoubtAsAWhole && !group.IsEmpty && group.Checkpoint.CommitTs < target.AnyUpTo;

    /// <summary>Whether a transaction of the target that is in doubt as a whole goes on behind a commit TS.</summary>
    public bool IsWholeAfter(ulong commitTs) => target.IsInDoubtAsAWhole && commitTs < target.AnyUpTo;

    /// <summary>Sees to it that rows which may be applied, with all that is in doubt, can be applied again.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="commitTs">Up to where they go.</param>
    /// <param name="checkpoint">Where the target is.</param>
    /// <exception cref="DrainerException">It can't: a table's rows can't be told apart.</exception>
    public void ExpectRepeatable(ChangeBatch batch, ulong commitTs, ulong checkpoint)
    {
        if (!target.IsInDoubtAsAWhole || commitTs > target.AnyUpTo)
        {
            return;
        }

        foreach (ref readonly RowChange row in batch.Rows)
        {
            if (row.Table.Identity.IsDefaultOrEmpty)
            {
                throw new DrainerException(FormattableString.Invariant(
                    $"{target.Name} was left in doubt: the changes after commit TS {checkpoint} up to {target.AnyUpTo} are applied, all of them or none, and they can't be made again, because {row.Table} has no key that tells its rows apart (commit TS {row.CommitTs}). Nothing was applied. Look whether the table has that transaction's rows, and write the answer into the checkpoint: commit TS {target.AnyUpTo} if it has them, nothing in doubt if it hasn't; docs/operations/checkpoint.md says how."));
            }
        }
    }

    /// <summary>What the target may hold of a transaction.</summary>
    public Repetition Of(ulong commitTs) =>
        commitTs <= target.AnyUpTo ? Repetition.Anything
        : commitTs <= target.PartsUpTo ? Repetition.Parts
        : Repetition.None;
}
