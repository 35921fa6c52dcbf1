using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Hosting.Http;

/// <summary>One HTTP request that a node answers.</summary>
/// <param name="Method">The HTTP method, in capitals.</param>
/// <param name="Template">The path; a segment in braces takes any text, which the handler reads by that name from the request's route values.</param>
/// <param name="Handle">Answers the request.</param>
internal sealed record HttpEndpoint(string Method, string Template, Func<HttpContext, Task> Handle)
{
    private readonly string[] _segments = Template.Split('/');

    public static HttpEndpoint Get(string template, Func<HttpContext, Task> handle) => new(HttpMethods.Get, template, handle);

    public static HttpEndpoint Put(string template, Func<HttpContext, Task> handle) => new(HttpMethods.Put, template, handle);

    public static HttpEndpoint Post(string template, Func<HttpContext, Task> handle) => new(HttpMethods.Post, template, handle);

    /// <summary>Whether a path is of this form; if it is, its variable segments become the request's route values.</summary>
    public bool Matches(HttpContext context)
    {
        string[] path = (context.Request.Path.Value ?? "").Split('/');
        if (path.Length != _segments.Length)
        {
            return false;
        }

        for (int i = 0; i < path.Length; i++)
        {
            if (!IsVariable(_segments[i]) && path[i] != _segments[i])
            {
                return false;
            }
        }

        for (int i = 0; i < path.Length; i++)
        {
            if (IsVariable(_segments[i]))
            {
                context.Request.RouteValues[_segments[i][1..^1]] = path[i];
            }
        }

        return true;
    }

    private static bool IsVariable(string segment) => segment.StartsWith('{');
}
