using System.CommandLine;

namespace Binlog.Service.Commands;

/// <summary>A verb whose help ends with examples.</summary>
internal sealed class VerbCommand(string name, string description) : Command(name, description)
{
    /// <summary>Whole command lines, each with what it does.</summary>
    public IReadOnlyList<(string Line, string Purpose)> Examples { get; init; } = [];

    /// <summary>Paragraphs between the options and the examples.</summary>
    public string? Notes { get; set; }
}
