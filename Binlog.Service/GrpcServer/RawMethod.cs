using Grpc.Core;

namespace Binlog.Service.GrpcServer;

/// <summary>
/// A method that takes its messages off the request's pipe and puts them into the response's pipe by itself, without objects for
/// them. Safe for concurrent use.
/// </summary>
/// <param name="type">Who streams.</param>
/// <param name="serviceName">Name of the service, with its package.</param>
/// <param name="name">Name of the method.</param>
internal abstract class RawMethod(MethodType type, string serviceName, string name) : IMethod
{
    /// <inheritdoc />
    public MethodType Type => type;

    /// <inheritdoc />
    public string ServiceName => serviceName;

    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public string FullName { get; } = $"/{serviceName}/{name}";

    /// <summary>Serves one call. An exception becomes the call's status.</summary>
    public abstract ValueTask InvokeAsync(GrpcCallContext context);
}
