namespace Binlog.Service.Hosting;

/// <summary>Exit codes of <c>binlogd</c>.</summary>
internal static class ExitCode
{
    /// <summary>Done, or stopped as asked.</summary>
    public const int Ok = 0;

    /// <summary>Failed after the start, or tables differ.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the configuration is wrong; nothing was started.</summary>
    public const int Usage = 2;

    /// <summary>Couldn't start: a port is in use, the data directory is locked or not writable, a peer can't be reached.</summary>
    public const int StartFailed = 3;

    /// <summary>Stopped by a signal before it was done, or by a second signal at once.</summary>
    public const int Interrupted = 130;
}
