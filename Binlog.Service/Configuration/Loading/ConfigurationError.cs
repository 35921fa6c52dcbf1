using System.Text;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>One thing that is wrong with the configuration.</summary>
internal sealed record ConfigurationError
{
    /// <summary>The key with its sections, or the file when it is the whole file.</summary>
    public required string Path { get; init; }

    /// <summary>Where the value was written; null when it wasn't.</summary>
    public SettingOrigin? Origin { get; init; }

    /// <summary>What was found, a phrase such as <c>found "abc"</c> or <c>unknown key</c>.</summary>
    public required string Problem { get; init; }

    /// <summary>What was expected; null when the problem says it.</summary>
    public string? Expected { get; init; }

    /// <summary>What to do, one or more sentences; null when the expectation says it.</summary>
    public string? Suggestion { get; init; }

    /// <summary>One line.</summary>
    public override string ToString()
    {
        var line = new StringBuilder(Path);
        if (Origin is not null)
        {
            line.Append(" (").Append(Origin.Description).Append(')');
        }

        line.Append(": ").Append(Problem);
        if (Expected is not null)
        {
            line.Append(", expected ").Append(Expected);
        }

        if (line[^1] is not ('.' or '?' or '!'))
        {
            line.Append('.');
        }

        return Suggestion is null ? line.ToString() : line.Append(' ').Append(Suggestion).ToString();
    }
}
