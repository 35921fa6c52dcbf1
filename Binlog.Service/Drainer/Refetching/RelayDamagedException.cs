using Binlog.Service.Drainer.Relaying;

namespace Binlog.Service.Drainer.Refetching;

/// <summary>The relay log is damaged, and every Pump still has what the target lacks: the Drainer is to begin anew with another relay log.</summary>
/// <param name="relay">The damaged log.</param>
/// <param name="after">Commit TS that the target is at.</param>
/// <param name="damage">What is damaged.</param>
internal sealed class RelayDamagedException(Relay relay, ulong after, Exception damage) : Exception(damage.Message, damage)
{
    /// <summary>Where the damaged log is.</summary>
    public string RelayDirectory => relay.Directory;

    /// <summary>Commit TS that the target is at: what comes after it is fetched again.</summary>
    public ulong After => after;

    /// <summary>Commit TS of the log's newest record; final once the log is closed.</summary>
    public ulong UpTo => relay.LastCommitTs ?? after;
}
