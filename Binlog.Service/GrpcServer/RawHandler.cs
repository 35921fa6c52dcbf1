using Microsoft.Extensions.Logging;

namespace Binlog.Service.GrpcServer;

/// <summary>Calls of a <see cref="RawMethod"/>.</summary>
internal sealed class RawHandler(RawMethod method, GrpcServerOptions options, ILogger logger) : MethodHandler(method.FullName, options, logger)
{
    /// <inheritdoc />
    /// <remarks>A timer and two cancellation sources per call cost more than a short call itself.</remarks>
    protected override bool NeedsTimer => false;

    protected override ValueTask InvokeAsync(GrpcCallContext context) => method.InvokeAsync(context);
}
