using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.Demo;

/// <summary>Options of <c>demo</c>.</summary>
internal sealed record DemoVerbOptions
{
    public const int DefaultPumps = 3;

    /// <summary>Absolute path of the recording; null finds the one that comes with the program.</summary>
    public string? RecordingDirectory { get; init; }

    /// <summary>The target; null is an SQLite file in the data directory.</summary>
    public DownstreamUrl? Downstream { get; init; }

    /// <summary>How many Pumps to start.</summary>
    public int Pumps { get; init; } = DefaultPumps;

    /// <summary>Absolute path of the directory for everything that is written; null makes one.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Print one JSON object instead of progress and tables.</summary>
    public bool Json { get; init; }
}
