namespace Binlog.Cluster.TiKv;

/// <summary>A key and its value as of a timestamp.</summary>
/// <param name="Key">The raw key.</param>
/// <param name="Value">The value; not empty, except where only keys were asked for.</param>
internal readonly record struct KeyValue(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value);
