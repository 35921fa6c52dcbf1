namespace Binlog.RelayLog.Reading;

/// <summary>A place where a record should be and isn't.</summary>
/// <param name="Offset">Byte offset in the segment file.</param>
/// <param name="Expected">What should be there.</param>
/// <param name="Found">What is there.</param>
internal readonly record struct RecordDamage(long Offset, string Expected, string Found);
