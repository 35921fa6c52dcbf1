namespace Binlog.Grpc.Client;

/// <summary>Who ended a call before the server did.</summary>
internal enum CancelReason
{
    None,
    Caller,
    Deadline,
    Disposed,
    Shutdown,
}
