using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.GrpcServer;

/// <summary>Puts gRPC services into an ASP.NET Core application.</summary>
public static class GrpcApplicationBuilderExtensions
{
    /// <summary>Answers requests of content type application/grpc with the given services; passes all others on.</summary>
    /// <param name="app">The application.</param>
    /// <param name="options">Settings.</param>
    /// <param name="services">What the generated <c>BindService</c> methods return.</param>
    /// <exception cref="ArgumentException">Two services have a method of the same name.</exception>
    public static IApplicationBuilder UseGrpc(this IApplicationBuilder app, GrpcServerOptions options, params ServerServiceDefinition[] services) =>
        app.UseGrpc(options, services, []);

    /// <summary>As the other one, with methods that read and write their messages themselves.</summary>
    internal static IApplicationBuilder UseGrpc(this IApplicationBuilder app, GrpcServerOptions options, IReadOnlyList<ServerServiceDefinition> services, IReadOnlyList<RawMethod> methods)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(services);
        var logger = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger("Binlog.GrpcServer");
        var binder = new HandlerBinder(options, logger);
        foreach (var service in services)
        {
            service.BindService(binder);
        }

        foreach (var method in methods)
        {
            binder.AddMethod(method);
        }

        var handlers = binder.Build();
        return app.Use(next => new GrpcMiddleware(next, handlers, logger).InvokeAsync);
    }
}
