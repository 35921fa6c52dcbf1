namespace Binlog.Service.Drainer.Explaining;

/// <summary>How fast a target takes what it is given.</summary>
/// <param name="BytesPerSecond">Bytes of the relay log.</param>
/// <param name="RowsPerSecond">Rows.</param>
internal readonly record struct ApplyRate(double BytesPerSecond, double RowsPerSecond);
