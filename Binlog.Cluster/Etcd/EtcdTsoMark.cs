using System.Globalization;
using System.Text;
using Binlog.Cluster.Contracts.Etcd;
using Google.Protobuf;

namespace Binlog.Cluster.Etcd;

/// <summary>The key of timestamps in etcd: the greatest one that was given out or seen, in decimal digits.</summary>
/// <param name="Value">That timestamp.</param>
/// <param name="ModRevision">The store's revision at which it was written; 0: the key doesn't exist.</param>
internal readonly record struct EtcdTsoMark(ulong Value, long ModRevision)
{
    /// <summary>The greatest timestamp at all: the program's messages have them as signed numbers.</summary>
    public const ulong Greatest = long.MaxValue;

    /// <summary>The key.</summary>
    public static readonly ByteString Key = ByteString.CopyFromUtf8("/binlogd/v1/tso");

    /// <summary>Reads what etcd has.</summary>
    /// <exception cref="ClusterException">The value is no timestamp. Beginning anew could give timestamps out twice.</exception>
    public static EtcdTsoMark Of(RangeResponse response)
    {
        if (response.Kvs.Count == 0)
        {
            return default;
        }

        KeyValue kv = response.Kvs[0];
        return ulong.TryParse(kv.Value.Span, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) && value <= Greatest
            ? new EtcdTsoMark(value, kv.ModRevision)
            : throw new ClusterException(
                $"The key {Key.ToStringUtf8()} in etcd holds \"{Encoding.UTF8.GetString(kv.Value.Span[..Math.Min(kv.Value.Length, 40)])}\"; expected the cluster's greatest timestamp as a decimal number up to {Greatest}. Write one that is at least as great as every timestamp of the cluster.");
    }

    /// <summary>The value that stands for a timestamp.</summary>
    public static ByteString ValueOf(ulong timestamp) => ByteString.CopyFromUtf8(timestamp.ToString(CultureInfo.InvariantCulture));
}
