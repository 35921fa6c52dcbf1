namespace Binlog.Service.Configuration.Importing;

/// <summary>Which program of tidb-binlog a file configures.</summary>
internal enum OriginalRole
{
    Pump,
    Drainer,
}
