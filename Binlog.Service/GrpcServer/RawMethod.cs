namespace Binlog.Service.GrpcServer;

/// <summary>
/// A method that takes its messages off the request's pipe and puts them into the response's pipe by itself, without objects for
/// them. Safe for concurrent use.
/// </summary>
/// <param name="fullName">Path of the method: <c>/service/method</c>.</param>
internal abstract class RawMethod(string fullName)
{
    public string FullName => fullName;

    /// <summary>Serves one call. An exception becomes the call's status.</summary>
    public abstract ValueTask InvokeAsync(GrpcCallContext context);
}
