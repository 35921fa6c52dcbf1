using Binlog.RelayLog;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Relaying;

namespace Binlog.Service.Drainer.Refetching;

/// <summary>Decides what becomes of a Drainer whose applier came to a place in the relay log that can't be read.</summary>
internal sealed class RelayMending(Relay relay, RefetchCheck check, ApplyProgress progress)
{
    /// <summary>Runs the applier; it has applied what comes before the damage when this fails because of one.</summary>
    /// <exception cref="RelayDamagedException">The Pumps have everything after the target's checkpoint.</exception>
    /// <exception cref="DrainerException">They haven't; the damaged log stays where it is.</exception>
    public async Task RunAsync(Func<CancellationToken, Task> apply, CancellationToken cancellationToken)
    {
        try
        {
            await apply(cancellationToken);
        }
        catch (RelayLogException damage) when (damage is CorruptLogException or LogGapException)
        {
            ulong after = progress.CommitTs;
            ulong upTo = relay.LastCommitTs ?? after;
            progress.Failure = $"The relay log is damaged after commit TS {after}: {damage.Message}";
            if (RelayAside.Find(relay.Directory) is { } aside && aside.UpTo > upTo)
            {
                throw new DrainerException(
                    $"{damage.Message} It happened while what an earlier damage had lost was being fetched again (the log in {aside.Directory} goes up to commit TS {aside.UpTo}): the disk loses data. "
                    + $"The target is at commit TS {after}. Check the disk, move {relay.Directory} away, and start again.",
                    damage);
            }

            try
            {
                await check.RunAsync(after, cancellationToken);
            }
            catch (DrainerException reason)
            {
                throw new DrainerException(
                    $"{damage.Message} What lies between commit TS {after}, which the target is at, and {upTo} can't be fetched again: {reason.Message}. Nothing after the damage was applied, and the relay log stays in {relay.Directory}.",
                    damage);
            }

            throw new RelayDamagedException(relay, after, damage);
        }
    }
}
