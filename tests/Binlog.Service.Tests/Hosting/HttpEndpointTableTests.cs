using Binlog.Service.Hosting.Http;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Tests.Hosting;

public sealed class HttpEndpointTableTests
{
    private static readonly HttpEndpointTable Table = new(
    [
        HttpEndpoint.Get("/status", context => context.Response.WriteAsync("status")),
        HttpEndpoint.Put("/state/{nodeID}/{action}", context => context.Response.WriteAsync($"{context.Request.RouteValues["nodeID"]} {context.Request.RouteValues["action"]}")),
        HttpEndpoint.Get("/item/{name}", context => context.Response.WriteAsync("get")),
        HttpEndpoint.Post("/item/{name}", context => context.Response.WriteAsync("post")),
    ]);

    [Theory]
    [InlineData("GET", "/status", "status")]
    [InlineData("PUT", "/state/pump-1:8250/pause", "pump-1:8250 pause")]
    [InlineData("GET", "/item/a", "get")]
    [InlineData("POST", "/item/a", "post")]
    public async Task Answer_KnownRequest_GoesToItsHandler(string method, string path, string expected) =>
        Assert.Equal((200, expected), await AskAsync(method, path));

    [Fact]
    public async Task Answer_WrongMethod_NamesTheRightOnes()
    {
        (int status, string text) = await AskAsync("DELETE", "/item/a");
        Assert.Equal(405, status);
        Assert.Equal("/item/a answers GET, POST only.\n", text);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/status/")]
    [InlineData("/state/a")]
    [InlineData("/state/a/b/c")]
    public async Task Answer_UnknownPath_NamesWhatThereIs(string path)
    {
        (int status, string text) = await AskAsync("GET", path);
        Assert.Equal(404, status);
        Assert.Equal($"There is nothing at {path}. There is: GET /status, PUT /state/{{nodeID}}/{{action}}, GET /item/{{name}}, POST /item/{{name}}\n", text);
    }

    private static async Task<(int Status, string Text)> AskAsync(string method, string path)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Request = { Method = method, Path = path }, Response = { Body = body } };
        await Table.AnswerAsync(context);
        return (context.Response.StatusCode, System.Text.Encoding.UTF8.GetString(body.ToArray()));
    }
}
