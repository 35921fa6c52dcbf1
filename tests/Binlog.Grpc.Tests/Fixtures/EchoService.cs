using Binlog.Grpc.Tests.Contracts;
using Google.Protobuf;
using Grpc.Core;

namespace Binlog.Grpc.Tests.Fixtures;

/// <summary>Answers with what it gets, or does what a request's command says.</summary>
public sealed class EchoService : Echo.EchoBase
{
    public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override async Task<EchoReply> Unary(EchoRequest request, ServerCallContext context)
    {
        await ObeyAsync(request.Command, context);
        return new EchoReply { Payload = request.Payload, Total = request.Payload.Length, Text = context.Peer };
    }

    public override async Task<EchoReply> Collect(IAsyncStreamReader<EchoRequest> requestStream, ServerCallContext context)
    {
        var reply = new EchoReply();
        await foreach (var request in requestStream.ReadAllAsync())
        {
            await ObeyAsync(request.Command, context);
            reply.Total += request.Payload.Length;
            reply.Text += request.Payload.Length + ";";
        }

        return reply;
    }

    public override async Task Repeat(EchoRequest request, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context)
    {
        if (request.Command == "buffer")
        {
            responseStream.WriteOptions = new WriteOptions(WriteFlags.BufferHint);
        }

        for (var i = 0; i < request.Count; i++)
        {
            await responseStream.WriteAsync(new EchoReply { Payload = request.Payload, Total = i });
        }

        if (request.Command == "endless")
        {
            Started.TrySetResult();
            try
            {
                while (true)
                {
                    await responseStream.WriteAsync(new EchoReply { Payload = request.Payload });
                }
            }
            catch (OperationCanceledException)
            {
                Cancelled.TrySetResult();
                throw;
            }
        }

        await ObeyAsync(request.Command, context);
    }

    public override async Task Chat(IAsyncStreamReader<EchoRequest> requestStream, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context)
    {
        while (await requestStream.MoveNext())
        {
            var request = requestStream.Current;
            await ObeyAsync(request.Command, context);
            await responseStream.WriteAsync(new EchoReply { Payload = request.Payload, Text = request.Command });
        }
    }

    private async Task ObeyAsync(string command, ServerCallContext context)
    {
        switch (command)
        {
            case "wait":
                Started.TrySetResult();
                try
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
                }
                finally
                {
                    Cancelled.TrySetResult();
                }

                break;
            case "fail":
                context.ResponseTrailers.Add("reason", "asked for");
                throw new RpcException(new Status(StatusCode.FailedPrecondition, "100% höflich\nabgelehnt"), new Metadata { { "detail-bin", new byte[] { 0, 255, 7 } } });
            case "crash":
                throw new InvalidOperationException("secret: /etc/passwd");
            case "stop":
                throw new OperationCanceledException();
            case "status":
                context.Status = new Status(StatusCode.Aborted, "by status");
                break;
            case "null":
                return;
            case "metadata":
                var headers = new Metadata();
                foreach (var entry in context.RequestHeaders.Where(e => e.Key.StartsWith("x-", StringComparison.Ordinal)))
                {
                    headers.Add(entry);
                    context.ResponseTrailers.Add(entry.IsBinary ? new Metadata.Entry("t" + entry.Key, entry.ValueBytes) : new Metadata.Entry("t" + entry.Key, entry.Value));
                }

                await context.WriteResponseHeadersAsync(headers);
                break;
        }
    }

    public static EchoRequest Request(int bytes, string command = "") =>
        new() { Payload = ByteString.CopyFrom(Bytes(bytes)), Command = command };

    public static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
