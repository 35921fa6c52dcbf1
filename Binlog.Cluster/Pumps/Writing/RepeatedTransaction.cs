using System.Globalization;
using Binlog.Cluster.Pumps.Members;
using Binlog.TiDB.Records;

namespace Binlog.Cluster.Pumps.Writing;

/// <summary>
/// A transaction that may have been sent before, to any of the Pumps: its commit is looked for on one after the other. A Pump that refuses it as too late
/// doesn't have it; the prewrite is voided there and sent to the next.
/// </summary>
internal sealed class RepeatedTransaction(PumpMembers members, OutcomeSender outcomes, ulong startTs, ReadOnlyMemory<byte> prewrite)
{
    /// <summary>Sends the commit; returns the Pump that has it.</summary>
    /// <param name="pump">The Pump that has the prewrite.</param>
    /// <param name="commitTs">Its commit TS.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="cancellationToken">Ends the attempt; a Pump may then be held up by the prewrite.</param>
    /// <exception cref="ClusterException">A Pump did not answer in time, or none has it and all have gone past it.</exception>
    public async Task<PumpNode> CommitAsync(PumpNode pump, ulong commitTs, ReadOnlyMemory<byte> commit, CancellationToken cancellationToken)
    {
        PumpNode[] pumps = members.Listed;
        for (int asked = 1; ; asked++)
        {
            try
            {
                await outcomes.SendAsync(pump, commit, cancellationToken).ConfigureAwait(false);
                return pump;
            }
            catch (PumpWriteException exception) when (exception.IsTooLate)
            {
                await outcomes.SendAsync(pump, BinlogPayloads.Rollback(startTs), cancellationToken).ConfigureAwait(false);
                if (asked >= pumps.Length)
                {
                    throw new ClusterException(
                        string.Create(CultureInfo.InvariantCulture, $"No Pump has the transaction of start TS {startTs}, commit TS {commitTs}, and all have gone past it: {exception.Message} It can't be sent to these Pumps any more; use new ones."),
                        exception);
                }
            }

            pump = pumps[(Array.IndexOf(pumps, pump) + 1) % pumps.Length];
            await outcomes.SendAsync(pump, prewrite, cancellationToken).ConfigureAwait(false);
        }
    }
}
