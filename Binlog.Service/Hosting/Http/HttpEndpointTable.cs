using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Hosting.Http;

/// <summary>All HTTP requests that a node answers. Others are told what there is.</summary>
internal sealed class HttpEndpointTable(IReadOnlyList<HttpEndpoint> endpoints)
{
    public Task AnswerAsync(HttpContext context)
    {
        var allowed = new List<string>();
        foreach (HttpEndpoint endpoint in endpoints)
        {
            if (endpoint.Matches(context))
            {
                if (endpoint.Method == context.Request.Method)
                {
                    return endpoint.Handle(context);
                }

                allowed.Add(endpoint.Method);
            }
        }

        return allowed.Count > 0 ? RefuseMethodAsync(context, string.Join(", ", allowed)) : RefusePathAsync(context);
    }

    private static Task RefuseMethodAsync(HttpContext context, string allowed)
    {
        context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        context.Response.Headers.Allow = allowed;
        return context.Response.WriteAsync($"{context.Request.Path} answers {allowed} only.\n");
    }

    private Task RefusePathAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        IEnumerable<string> known = endpoints.Select(endpoint => $"{endpoint.Method} {endpoint.Template}");
        return context.Response.WriteAsync($"There is nothing at {context.Request.Path}. There is: {string.Join(", ", known)}\n");
    }
}
