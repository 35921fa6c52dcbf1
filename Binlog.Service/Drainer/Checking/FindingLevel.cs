namespace Binlog.Service.Drainer.Checking;

/// <summary>How much a finding matters.</summary>
internal enum FindingLevel
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Good to know; nothing to do.</summary>
    Note,

    /// <summary>The Drainer runs, but slower or less safely than it could.</summary>
    Warning,

    /// <summary>The Drainer wouldn't start, or would stop later.</summary>
    Error,
}
