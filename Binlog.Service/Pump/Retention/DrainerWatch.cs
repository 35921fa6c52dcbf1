using Binlog.Cluster.Registry;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Retention;

/// <summary>Asks the registry how far the Drainers are. One caller refreshes; anybody may read.</summary>
internal sealed partial class DrainerWatch(INodeRegistry registry, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private volatile DrainerPositions _latest = new([], "the registry has not been asked yet");
    private bool _saidSo;

    /// <summary>The latest answer.</summary>
    public DrainerPositions Latest => _latest;

    /// <summary>Asks. A registry that fails, whatever the reason, leaves the positions unknown and is reported once.</summary>
    public async Task<DrainerPositions> RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<NodeStatus> drainers = await registry.ListAsync(NodeRole.Drainer, cancellationToken).WaitAsync(Patience, time, cancellationToken);
            _latest = new DrainerPositions(DrainerPosition.OfNodes(drainers), null);
            _saidSo = false;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            _latest = _latest with { Failure = exception.Message };
            if (!_saidSo)
            {
                LogUnknown(exception.Message);
            }

            _saidSo = true;
        }

        return _latest;
    }

    [LoggerMessage(EventIds.PumpDrainersUnknown, LogLevel.Warning, "No binlogs are removed until the registry says how far the Drainers are: {Reason}")]
    private partial void LogUnknown(string reason);
}
