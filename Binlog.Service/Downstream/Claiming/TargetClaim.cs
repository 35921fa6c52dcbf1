using System.Globalization;

namespace Binlog.Service.Downstream.Claiming;

/// <summary>
/// One process's claim to a target, shared by all its sessions with it, one after the other. It decides what becomes of a target that somebody else
/// holds, and remembers the epoch that was taken: a session that is opened again finds out by it that the target was taken over in between.
/// </summary>
/// <remarks>Used by one session at a time; <see cref="Active"/> may be read by anyone.</remarks>
internal sealed class TargetClaim
{
    /// <summary>How often a target that is held is looked at.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Most characters of <see cref="Holder"/>: a target's column has no room for more.</summary>
    public const int LongestHolder = 300;

    private volatile ActiveDrainer? _active;
    private ulong? _epoch;
    private bool _isOpened;

    /// <summary>The Drainer's name in the registry; empty when it has none, and then no holder is ever recognised as this Drainer.</summary>
    public string NodeId { get; init; } = "";

    /// <summary>Which process it is, for those who look at the checkpoint's row: node ID, machine and process ID.</summary>
    public string Holder { get; init; } = "";

    /// <summary>Whether the first session waits for as long as another Drainer has the target.</summary>
    public bool IsStandby { get; init; }

    /// <summary>The other Drainers; null when there is no registry to ask.</summary>
    public IRivals? Rivals { get; init; }

    /// <summary>Clock for waiting.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told, before another session is ended, whose it is.</summary>
    public Action<string>? TakingOver { get; init; }

    /// <summary>Who has the target, as long as this process waits for it.</summary>
    public ActiveDrainer? Active
    {
        get => _active;
        set => _active = value;
    }

    /// <summary>Whether this process waits for the target without limit.</summary>
    public bool IsWaiting => IsStandby && !_isOpened;

    /// <summary>What to do about a target that is held by a Drainer.</summary>
    /// <param name="holder">Who holds it; null when no known Drainer does.</param>
    public ClaimStep Judge(Rival? holder) => holder switch
    {
        null => ClaimStep.Wait,
        _ when NodeId.Length > 0 && holder.NodeId == NodeId => ClaimStep.TakeOver,
        { Life: RivalLife.Dead } => ClaimStep.TakeOver,
        { Life: RivalLife.Alive } when !IsStandby && !_isOpened => ClaimStep.Refuse,
        _ => ClaimStep.Wait,
    };

    /// <summary>Notes that a session has the target.</summary>
    /// <param name="epoch">Its epoch; null when the target has no checkpoint yet.</param>
    public void Took(ulong? epoch)
    {
        _isOpened = true;
        _epoch = epoch ?? _epoch;
        _active = null;
    }

    /// <summary>Sees to it that nobody has taken the target over since this process had it.</summary>
    /// <exception cref="TargetException">Somebody has; the message says who.</exception>
    public void ExpectNotFenced(string target, ulong epoch, string holder, ulong commitTs)
    {
        if (_epoch is { } mine && epoch != mine && holder != Holder)
        {
            throw Fenced(target, mine, epoch, holder, commitTs);
        }
    }

    /// <summary>The error of a session whose epoch is over.</summary>
    public static TargetException Fenced(string target, ulong mine, ulong epoch, string holder, ulong commitTs) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{target}: fenced by {(holder.Length > 0 ? holder : "another Drainer")}, which has taken this target over (epoch {epoch}, this session's is {mine}; its checkpoint is at commit TS {commitTs}). Nothing that was under way has been applied, and nothing more will be. Only one Drainer of a cluster may apply to a target: stop one of them, or set drainer.standby to true."),
        isTransient: false);
}
