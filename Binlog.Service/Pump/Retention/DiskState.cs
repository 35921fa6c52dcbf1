namespace Binlog.Service.Pump.Retention;

/// <summary>Free disk space in relation to the two watermarks.</summary>
internal enum DiskState
{
    /// <summary>It could not be measured.</summary>
    Unknown,

    /// <summary>Above both.</summary>
    Enough,

    /// <summary>At or below the soft one: <c>pump.warnAtAvailableSpace</c>.</summary>
    Low,

    /// <summary>At or below the hard one, <c>pump.stopWriteAtAvailableSpace</c>: writes are refused.</summary>
    Full,
}
