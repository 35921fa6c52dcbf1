namespace Binlog.Service.Configuration;

/// <summary>gRPC compression of the binlog stream from Pump to Drainer.</summary>
internal enum StreamCompressor
{
    None,
    Gzip,
}
