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

    /// <summary>Port of the Drainer; the Pumps take those that follow. Null takes free ones.</summary>
    public int? Port { get; init; }

    /// <summary>Transactions per second at most; null for as fast as possible.</summary>
    public long? Rate { get; init; }

    /// <summary>Leave Pumps and Drainer running after the comparison, until the process is asked to stop.</summary>
    public bool Stay { get; init; }

    /// <summary>Print one JSON object instead of progress and tables.</summary>
    public bool Json { get; init; }
}
