namespace Binlog.Service.Configuration.Loading;

/// <summary>Either valid options or every reason why there are none.</summary>
internal sealed record ConfigurationResult
{
    /// <summary>Null when there are errors.</summary>
    public HostOptions? Options { get; init; }

    /// <summary>All errors, in the order of the sources; empty when the options are valid.</summary>
    public required IReadOnlyList<ConfigurationError> Errors { get; init; }

    /// <summary>One line per setting that is in effect, secrets masked; empty when there are errors.</summary>
    public IReadOnlyList<string> EffectiveSettings { get; init; } = [];
}
