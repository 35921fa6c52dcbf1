using Binlog.RelayLog;

namespace Binlog.Service.Pump.Reading;

/// <summary>A committed transaction's two records. Valid until its cursor reads on or rests.</summary>
/// <param name="StartTs">Start TS of both.</param>
/// <param name="CommitTs">Commit TS of the commit.</param>
/// <param name="Prewrite">Has the rows, or the DDL.</param>
/// <param name="Commit">Has the rest.</param>
internal readonly record struct PulledTransaction(ulong StartTs, ulong CommitTs, WindowedRecord Prewrite, WindowedRecord Commit)
{
    /// <summary>Whether one of them must be read in pieces.</summary>
    public bool IsLarge => Prewrite.Large is not null || Commit.Large is not null;
}
