using System.Collections.Concurrent;
using System.Text;

namespace Binlog.Service.Tests.Commands.Inspect;

/// <summary>Keeps the lines that are written to it, for a test that looks while another thread writes.</summary>
internal sealed class LineQueue : TextWriter
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override Task WriteLineAsync(string? value)
    {
        Lines.Enqueue(value ?? "");
        return Task.CompletedTask;
    }
}
